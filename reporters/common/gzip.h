/*
 * gzip.h - text that is shorter on the way.
 */
#ifndef REPORTERS_COMMON_GZIP_H
#define REPORTERS_COMMON_GZIP_H

#include "common/text.h"

/* Replaces the text by a gzip file of it.  False: no memory, it is as it
 * was. */
bool gzip_pack(struct text *text);

#endif
