/*
 * pool.h - memory, texts and look-up for as long as one snapshot lives.
 *
 * Nothing is freed alone; pool_fini() frees all.  Texts are kept once, so two
 * texts are equal if their pointers are.
 */
#ifndef SHIM_METRIC_POOL_H
#define SHIM_METRIC_POOL_H

#include "base/compiler.h"

struct pool_chunk;

struct pool {
	struct pool_chunk *chunks;
	bool failed; /* something was not to be had */
};

/* Member of whatever is looked up by a hash. */
struct pool_link {
	struct pool_link *next;
	uint64_t hash;
};

struct pool_index {
	struct pool_link **buckets;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/* Zeroed, 16-byte aligned; NULL: no memory, and `failed` is set. */
void *pool_alloc(struct pool *pool, size_t size);
void pool_fini(struct pool *pool);

/* The first link with this hash, and the one after `link`. */
struct pool_link *pool_find(const struct pool_index *index, uint64_t hash);
struct pool_link *pool_next(const struct pool_link *link);
/* False: no memory. */
bool pool_add(struct pool *pool, struct pool_index *index,
	      struct pool_link *link, uint64_t hash);

/* The terminated text, up to its first NUL; NULL: no memory. */
const char *pool_text(struct pool *pool, struct pool_index *texts,
		      const char *text, size_t length);

#endif
