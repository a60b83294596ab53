/*
 * retain_write.h - puts blocks into a segment that is being made in memory.
 */
#ifndef SHIM_METRIC_RETAIN_WRITE_H
#define SHIM_METRIC_RETAIN_WRITE_H

#include "base/segment.h"
#include "metric/pool.h"

struct retain_writer {
	uint8_t *bytes;
	size_t size, memory;
	bool failed; /* no memory; all that follows does nothing */
	struct pool *pool;
	struct pool_index texts;
};

/* With room for a header in front. */
void retain_writer_init(struct retain_writer *writer, struct pool *pool);
/* A block; its id, 0 after a failure. */
uint32_t retain_block(struct retain_writer *writer, enum segment_kind kind,
		      size_t size, uint32_t link);
/* Its zeroed body, until the next block is made.  Not for id 0. */
void *retain_body(const struct retain_writer *writer, uint32_t id);
/* Of a terminated text of the pool, once each; 0 for "". */
uint32_t retain_text(struct retain_writer *writer, const char *text);

#endif
