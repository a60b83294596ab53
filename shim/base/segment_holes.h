/*
 * segment_holes.h - parts of the segment that get their memory when they are
 * filled, for segment.c alone; under its lock, but for the last function.
 *
 * A hole is a row of whole pages inside of one block.  It counts for the memory
 * limit from the beginning.
 */
#ifndef SHIM_BASE_SEGMENT_HOLES_H
#define SHIM_BASE_SEGMENT_HOLES_H

#include "base/segment_memory.h"

/* Behind what is ready and up to `end`; false: the limit.  When the block
 * counts holes_done() makes the rest ready. */
bool holes_leave(struct segment_memory *memory, uint64_t end);
void holes_done(struct segment_memory *memory, uint64_t end);
/* Those of a block at `used` that never counted. */
void holes_undo(uint64_t used);
/* Makes the bytes from `begin` up to `end`, which are in one block, ready. */
bool holes_fill(struct segment_memory *memory, uint64_t begin, uint64_t end);
/* Fills as many as there is memory for. */
void holes_fill_all(struct segment_memory *memory);
/* In the child of a fork, where there are none. */
void holes_forget(void);
/* Where memory is missing next, at or behind `at`, and where that ends. */
uint64_t holes_next(const struct segment_memory *memory, uint64_t at,
		    uint64_t *end);

#endif
