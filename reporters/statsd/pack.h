/*
 * pack.h - lines into datagrams.
 */
#ifndef REPORTERS_STATSD_PACK_H
#define REPORTERS_STATSD_PACK_H

#include "common/text.h"

/*
 * Items (lines that belong together) are behind one another, each ended by a
 * NUL.  The packet is made of as many of the first ones as fit into `max`
 * bytes, with "\n" between and none at the end, in their order; empty if the
 * first one alone does not fit.  Returns the bytes of the items that are in it,
 * or of the one that is not; *count, how many.
 */
size_t pack(const char *items, size_t size, size_t max, struct text *packet,
	    unsigned int *count);

#endif
