/*
 * document.h - a YAML file as a tree of texts, lists and mappings that know
 * their lines.
 *
 * The part of YAML that a configuration needs: one document, no anchors, no
 * aliases, no tags, at most DOCUMENT_DEPTH levels and DOCUMENT_NODES nodes of
 * at most DOCUMENT_SIZE bytes.  What a text means is not judged here.
 */
#ifndef SHIM_RUNTIME_DOCUMENT_H
#define SHIM_RUNTIME_DOCUMENT_H

#include "base/compiler.h"

#define DOCUMENT_SIZE (1u << 20)
#define DOCUMENT_DEPTH 16
#define DOCUMENT_NODES 20000

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool quoted;	   /* or a block; else a plain text */
	unsigned int line; /* where it begins; of a block the line below */
	const char *text;  /* NODE_TEXT: terminated, no NUL in it */
	size_t length;
	struct node *first; /* of a list or mapping */
	struct node *next;
	/* In a mapping. */
	const char *key;
	unsigned int key_line;
};

struct document {
	const char *path;
	uint64_t device, inode;
	struct node *root;    /* a mapping; NULL: the file says nothing */
	struct chunk *chunks; /* memory of the nodes */
};

/* path is kept.  0 or -errno, with a line in the log.  Either way the caller
 * frees with document_free().  Under no lock, with one thread only. */
int document_read(struct document *document, const char *path);
void document_free(struct document *document);

/* Zeroed memory that lives as long as the document; NULL: none. */
void *document_alloc(struct document *document, size_t size);

#endif
