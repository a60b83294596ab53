/*
 * document_parse.h - between document.c, which reads a file, and
 * document_parse.c, which makes a tree of it.
 */
#ifndef SHIM_RUNTIME_DOCUMENT_PARSE_H
#define SHIM_RUNTIME_DOCUMENT_PARSE_H

#include "runtime/document.h"

/* Sets document->root.  0 or -errno, with a line in the log. */
int document_parse(struct document *document, const char *bytes, size_t length);

#endif
