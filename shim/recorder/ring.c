/*
 * ring.c - writes records into this thread's ring.
 *
 * Plain stores by one thread: no lock, no system call, no allocation after the
 * first record.  Which events come here is recorder.c's affair, reading is
 * ring_read.c's.
 */
#include "recorder/ring.h"

#include "base/thread.h"
#include "recorder/ring_record.h"
#include "recorder/ring_slot.h"

_Static_assert(sizeof(struct ring_record) == 128, "two cache lines");
_Static_assert(sizeof(struct ring_slot) == 8, "layout of the file");
_Static_assert(offsetof(struct ring_record, started) == 124, "the last word");
/* segment_alloc_part() */
_Static_assert((sizeof(struct segment_block) + sizeof(struct ring)) %
			       CACHE_LINE ==
		       0,
	       "records begin at cache lines");

#define ROOM_FEW 28 /* about a page */

/* Asking may wait for a lock: not for each record, and not in all threads. */
#define AGAIN_NS 1000000000u

/* Stands for one that was not to be had. */
static struct ring no_ring;
static uint64_t again; /* not asked for before this, ns */

static uint32_t size_of(uint64_t records)
{
	return (uint32_t)(sizeof(struct ring) +
			  records * sizeof(struct ring_record));
}

static COLD struct ring *make(struct thread *thread)
{
	const uint32_t size = size_of(RING_RECORDS);
	struct ring *ring = segment_alloc_part(SEGMENT_RING, size, size_of(1),
					       thread->tid, 0);

	thread->owner->recorder = ring ? ring : &no_ring;
	if (!ring)
		return NULL;
	store_relaxed(&ring->ready, 1);
	/* Without a capacity it is empty.  Pairs with segment_read_own(). */
	store_release(&ring->capacity, RING_RECORDS);
	return ring;
}

/* NULL: none, and the record is counted. */
static COLD struct ring *ask(struct thread *thread, uint64_t now)
{
	const bool is_first = !thread->owner->recorder;
	struct ring *ring;

	/* Back from a handler that has forked; or it is too early. */
	if (thread->owner->holder != thread ||
	    (!is_first && now < load_relaxed(&again))) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	store_relaxed(&again, now + AGAIN_NS);
	ring = make(thread);
	if (!ring || is_first)
		return ring;
	/* The others need not wait, and what was planned without a ring is
	 * planned anew. */
	store_relaxed(&again, 0);
	known_forget(thread->owner);
	return ring;
}

/* Most threads end after a few records, others soon use all.  One that there is
 * no memory for is lost. */
COLD bool ring_make_room(struct ring *ring)
{
	uint64_t ready = ring->ready < ROOM_FEW ? ROOM_FEW : RING_RECORDS;

	if (!segment_room(ring, size_of(ready))) {
		segment_drop(DROP_MEMORY, 1);
		return false;
	}
	store_relaxed(&ring->ready, ready == RING_RECORDS ? UINT64_MAX : ready);
	return true;
}

struct ring *ring_of(const struct thread *thread)
{
	struct ring *ring = thread->owner->recorder;

	return ring == &no_ring ? NULL : ring;
}

/* What does not fit is left out at the end: of a failure, why it failed
 * matters more than how much it did. */
static ALWAYS_INLINE void
put_fields(struct writer *w, const struct occurrence *o, bool metadata_first)
{
	bool metadata = metadata_first, interned = o->interned_keys;
	/* Without a span, measurements are the program's own. */
	bool span = o->event->span != NULL;
	int i;

	for (i = 0; i < 2; i++, metadata = !metadata) {
		if (metadata)
			put_all(w, &o->metadata, interned, 0,
				o->span_id ? &SYM_span_id : NULL,
				o->parent_span_id ? &SYM_parent_span_id : NULL);
		else
			put_all(w, &o->measurements, interned, RING_MEASUREMENT,
				span ? &SYM_duration : NULL,
				span ? &SYM_monotonic_time : NULL);
	}
}

/* All but the slots. */
static inline void describe(struct ring_record *record,
			    const struct occurrence *o, uint32_t generation)
{
	const struct symbol *name = name_of(o->event);

	ring_put_times(record, o);
	ring_set(&record->name,
		 text_id((struct symbol *)(uintptr_t)name, generation));
	ring_set(&record->kind, (uint8_t)kind_of(o->event));
}

/* How many fields had no room. */
static uint32_t write_fields(struct ring_record *record,
			     const struct occurrence *o)
{
	struct writer w = { record->slots, record->slots + RING_SLOTS,
			    segment_generation(), 0 };

	describe(record, o, w.generation);
	put_fields(&w, o, record->kind == TELEMETRY_RECORD_EXCEPTION);
	/* Few stores: not worth a call of memset(). */
	for (; w.slot < w.end; w.slot++) {
		store_slot(w.slot, 0, 0);
		compiler_barrier();
	}
	ring_set(&record->flags, w.left_out ? RING_TRUNCATED : 0);
	return w.left_out;
}

/* Before there is a ring: most processes need no page behind it then. */
static COLD struct ring *begin(struct thread *thread,
			       const struct occurrence *o)
{
	struct ring_record trial;

	if (!thread->owner->recorder && thread->owner->holder == thread) {
		/* Whoever cannot have the lock waits for it once, not for
		 * each text. */
		if (!segment_make()) {
			thread->owner->recorder = &no_ring;
			store_relaxed(&again, o->time + AGAIN_NS);
			return NULL;
		}
		write_fields(&trial, o);
	}
	return ask(thread, o->time);
}

void ring_write(const struct occurrence *o, void *config UNUSED)
{
	struct thread *thread = &thread_self;
	struct ring *ring = thread->owner->recorder;
	struct ring_record *record;
	uint64_t number;
	uint32_t left_out;

	if (unlikely(!ring || ring == &no_ring)) {
		ring = begin(thread, o);
		if (!ring)
			return;
	}
	/* It was not yet known to be a span's when it was subscribed to. */
	if (unlikely(o->event->span && o->event == o->event->span->start))
		return;
	number = ring->head;
	if (unlikely(number >= ring->ready) && !ring_make_room(ring))
		return;
	ring_set(&ring->thread, thread->tid);
	record = ring_begin(ring, number);
	left_out = write_fields(record, o);
	ring_finish(ring, record, number);
	if (unlikely(left_out))
		segment_drop(DROP_FIELD, left_out);
}
