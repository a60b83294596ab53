/*
 * heap.h - the counters of the malloc family.
 *
 * A counted call touches its thread's own block in the segment and nothing
 * else: no guard, no read section, no clock.  Threads that have no block yet,
 * or none any more, share one, with atomic additions.
 */
#ifndef SHIM_WRAP_HEAP_H
#define SHIM_WRAP_HEAP_H

#include "base/compiler.h"
#include "base/heap_block.h"

/* Calls per timed one, and function: two clock readings cost more than a
 * malloc. */
#define HEAP_SAMPLE_EVERY 64

/*
 * Other libraries' constructors run before ours and allocate what they free
 * after it, so counting begins with the first call, in a block of its own;
 * heap_enable() or heap_disable() decides what becomes of it, under the guard.
 */
enum heap_state { HEAP_OFF, HEAP_ON, HEAP_EARLY };

extern uint32_t heap_counting HIDDEN;
extern size_t (*heap_usable_size)(void *) HIDDEN;

void heap_enable(void);
void heap_disable(void);
/* Live bytes by the counters of all threads. */
int64_t heap_live(void);
/* In the child of a fork, under the guard, once the parent's segment has been
 * let go: begins with the bytes that were live in the parent. */
void heap_after_fork(int64_t parent_live);

/* Counts what is not the plain case: no block of this thread's own yet, a timed
 * call (ns is not 0), a failure (block is NULL). */
void heap_after_alloc(enum heap_function fn, size_t requested, void *block,
		      uint64_t ns);
void heap_after_free(bool by_realloc, size_t usable);

/* From now on what a thread that is THREAD_BORROWED allocates is not from the
 * host's heap, and what it gives back stays; if the heap is counted.
 * Idempotent, takes no lock. */
void heap_spare_begin(void);
/* Such a block; never freed.  NULL: no memory, or no power of two. */
void *heap_spare(size_t alignment, size_t size);

static ALWAYS_INLINE size_t heap_product(size_t a, size_t b)
{
	size_t p;

	return __builtin_mul_overflow(a, b, &p) ? SIZE_MAX : p;
}

/* Of this thread's own block. */
static ALWAYS_INLINE void heap_count(uint64_t *counter, uint64_t value)
{
	add_own(counter, value);
}

static inline void heap_count_shared(uint64_t *counter, uint64_t value)
{
	add_relaxed(counter, value);
}

typedef void heap_add(uint64_t *counter, uint64_t value);

/* One successful allocation. */
static ALWAYS_INLINE void heap_record_alloc(struct heap_block *h, heap_add *add,
					    enum heap_function fn,
					    size_t requested, size_t usable)
{
	add(&h->calls[fn], 1);
	add(&h->requested, requested);
	add(&h->allocated, usable);
	add(&h->size_buckets[heap_size_bucket(requested)], 1);
}

static ALWAYS_INLINE void heap_record_time(struct heap_block *h, heap_add *add,
					   uint64_t ns)
{
	add(&h->duration_count, 1);
	add(&h->duration_sum, ns);
	add(&h->duration_buckets[heap_duration_bucket(ns)], 1);
}

/* Blocks given back, of `usable` bytes: by free(), or as the old block of a
 * realloc. */
static ALWAYS_INLINE void heap_record_free(struct heap_block *h, heap_add *add,
					   bool by_realloc, size_t usable)
{
	add(by_realloc ? &h->reallocs_freed : &h->frees, 1);
	add(&h->freed, usable);
}

#endif
