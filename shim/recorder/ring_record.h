/*
 * ring_record.h - the next record of this thread's ring, for the files of this
 * directory that write one.
 */
#ifndef SHIM_RECORDER_RING_RECORD_H
#define SHIM_RECORDER_RING_RECORD_H

#include "base/thread.h"
#include "recorder/ring.h"

#include <string.h>

/* The next record is being written: it holds nothing now. */
static ALWAYS_INLINE struct ring_record *ring_begin(struct ring *ring,
						    uint64_t number)
{
	struct ring_record *record = &ring->records[number % RING_RECORDS];

	store_relaxed(&record->sequence, 0);
	store_relaxed(&record->started, (uint32_t)(number + 1));
	/* Pairs with segment_read_own(): `started`, which it copies last, tells
	 * of every change that it may have copied before. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return record;
}

static ALWAYS_INLINE void
ring_finish(struct ring *ring, struct ring_record *record, uint64_t number)
{
	/* The number of a whole record.  Pairs with segment_read_own(). */
	store_release(&record->sequence, number + 1);
	store_release(&ring->head, number + 1);
}

/* Into a record, which may be copied meanwhile: `started` tells of that.  Plain
 * stores, which the compiler may put together. */
#if defined(__SANITIZE_THREAD__)
#define ring_set(p, v) store_relaxed((p), (v))

static inline void ring_put(void *to, const void *from, size_t size)
{
	uint32_t *out = to;
	const uint32_t *in = from;

	for (; size > 0; size -= sizeof(*out))
		store_relaxed(out++, *in++);
}
#else
#define ring_set(p, v) ((void)(*(p) = (v)))
#define ring_put(to, from, size) memcpy((to), (from), (size))
#endif

/* When and whose. */
static ALWAYS_INLINE void ring_put_times(struct ring_record *record,
					 const struct occurrence *o)
{
	ring_set(&record->start, o->time - o->duration);
	ring_set(&record->duration, o->duration);
	ring_set(&record->span_id, o->span_id);
	ring_set(&record->parent_span_id, o->parent_span_id);
	ring_set(&record->thread, thread_self.tid);
}

#endif
