/*
 * segment_memory.h - the memory of the segment, for segment.c alone.
 *
 * A mapping of the whole limit, of which only the first `ready` bytes have
 * memory behind them and may be touched, without the holes among them
 * (segment_holes.h).
 */
#ifndef SHIM_BASE_SEGMENT_MEMORY_H
#define SHIM_BASE_SEGMENT_MEMORY_H

#include "base/compiler.h"

struct segment_memory {
	uint8_t *base; /* zeroed */
	uint64_t size; /* of the mapping */
	uint64_t ready;
	uint64_t filled; /* of that, without the holes */
	uint64_t retry;	 /* clock_ns() before which it does not grow */
	bool complained; /* has logged that it cannot grow */
	bool is_private;
	bool closed; /* asks the kernel for no more */
};

/* A file's memory if `shared` and possible (n of its name in *n), else private
 * memory, else false. */
bool segment_memory_new(struct segment_memory *memory, uint64_t limit,
			bool shared, uint32_t *n);
/* Makes at least `end` bytes ready. */
bool segment_memory_grow(struct segment_memory *memory, uint64_t end);
/* May it ever grow so far?  Says so if not. */
bool segment_memory_fits(struct segment_memory *memory, uint64_t end);
/* For segment_holes.c: gives whole pages memory; charges nothing. */
bool segment_memory_fill(struct segment_memory *memory, uint64_t begin,
			 uint64_t end);
/* What there is has to do; says nothing about that. */
void segment_memory_close(struct segment_memory *memory);
void segment_memory_free(struct segment_memory *memory);

#endif
