/*
 * heap_block.h - body of a SEGMENT_HEAP block: one thread's heap counters.
 *
 * Part of the file format (SEGMENT_VERSION).  Written by one thread at a time
 * (wrap/heap.c: plain loads and stores, no atomic read-modify-write), read in
 * any process (metric/snapshot), which adds the blocks of all threads up.
 * Every member is 64 bits wide, so a reader never sees half of one.
 */
#ifndef SHIM_BASE_HEAP_BLOCK_H
#define SHIM_BASE_HEAP_BLOCK_H

#include "base/compiler.h"

enum heap_function {
	HEAP_MALLOC,
	HEAP_CALLOC,
	HEAP_REALLOC,
	HEAP_REALLOCARRAY,
	HEAP_MEMALIGN,
	HEAP_POSIX_MEMALIGN,
	HEAP_ALIGNED_ALLOC,
	HEAP_VALLOC,
	HEAP_PVALLOC,
	HEAP_FUNCTIONS,
};

/* Bucket i of the sizes holds requests of at most 1 << i bytes; the last one
 * all that are larger than 1 << 46. */
#define HEAP_SIZES 48
/* Bucket i of the durations holds those of at most 16 << i ns; the last one
 * all that are longer than 16 << 22 (67 ms). */
#define HEAP_DURATIONS 24
#define HEAP_DURATION_SHIFT 4

struct heap_block {
	/* Successful and failed calls, by enum heap_function. */
	uint64_t calls[HEAP_FUNCTIONS];
	uint64_t failures[HEAP_FUNCTIONS];
	uint64_t frees;		 /* free() of something else than NULL */
	uint64_t reallocs_freed; /* old blocks that realloc gave back */
	uint64_t requested;	 /* bytes asked for, successful calls */
	uint64_t allocated;	 /* usable bytes obtained */
	uint64_t freed;		 /* usable bytes given back */
	/* Live bytes that a child of fork inherited; in the first block of a
	 * process only, else 0. */
	int64_t baseline;
	uint64_t size_buckets[HEAP_SIZES]; /* of successful requests */
	/* Durations of every duration_every-th call; ns. */
	uint64_t duration_every;
	uint64_t duration_count;
	uint64_t duration_sum;
	uint64_t duration_buckets[HEAP_DURATIONS];
};

static inline unsigned int heap_size_bucket(uint64_t size)
{
	/* The number of bits of size - 1, without a branch. */
	uint64_t below = (size - (size != 0)) << 1 | 1;
	unsigned int bits = 63 - (unsigned int)__builtin_clzll(below);

	return bits < HEAP_SIZES ? bits : HEAP_SIZES - 1;
}

static inline unsigned int heap_duration_bucket(uint64_t ns)
{
	unsigned int bits =
		ns <= 1 ? 0 : 64 - (unsigned int)__builtin_clzll(ns - 1);

	if (bits <= HEAP_DURATION_SHIFT)
		return 0;
	bits -= HEAP_DURATION_SHIFT;
	return bits < HEAP_DURATIONS ? bits : HEAP_DURATIONS - 1;
}

#endif
