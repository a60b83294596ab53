/*
 * ring.c - writes records into this thread's ring.
 *
 * Plain stores by one thread: no lock, no system call, no allocation after the
 * first record.  Which events come here is recorder.c's affair, reading is
 * ring_read.c's.
 */
#include "recorder/ring.h"

#include "base/arena.h"
#include "base/thread.h"
#include "recorder/ring_known.h"
#include "recorder/ring_slot.h"

_Static_assert(sizeof(struct ring_record) == 128, "two cache lines");
_Static_assert(sizeof(struct ring_slot) == 8, "layout of the file");
_Static_assert(offsetof(struct ring_record, started) == 124, "the last word");

/* What a thread remembers. */
struct recorder {
	struct ring *ring;
	struct template templates[TEMPLATES];
};

/* Stands for one that was not to be had; not asked for again. */
static struct recorder no_recorder;

static COLD struct recorder *make(struct thread *thread)
{
	const uint32_t size =
		sizeof(struct ring) + RING_RECORDS * sizeof(struct ring_record);
	struct recorder *recorder = arena_alloc(sizeof(*recorder));
	struct ring *ring = NULL;

	if (recorder)
		ring = segment_alloc(SEGMENT_RING, size, thread->tid, 0);
	if (!ring) {
		if (recorder)
			arena_free(recorder, sizeof(*recorder));
		recorder = &no_recorder;
	}
	recorder->ring = ring;
	thread->owner->recorder = recorder;
	/* Without a capacity it is empty.  Pairs with segment_read_own(). */
	if (ring)
		store_release(&ring->capacity, RING_RECORDS);
	return recorder;
}

static inline struct recorder *recorder_of(struct thread *thread)
{
	struct recorder *recorder = thread->owner->recorder;

	return likely(recorder != NULL) ? recorder : make(thread);
}

struct ring *ring_of(const struct thread *thread)
{
	const struct recorder *recorder = thread->owner->recorder;

	return recorder ? recorder->ring : NULL;
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

static struct ring_record *begin(struct ring *ring, uint64_t number)
{
	struct ring_record *record;

	record = &ring->records[number % RING_RECORDS];
	store_relaxed(&record->sequence, 0);
	store_relaxed(&record->started, (uint32_t)(number + 1));
	/* Pairs with segment_read_own(): `started`, which it copies last, tells
	 * of every change that it may have copied before. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return record;
}

static inline void finish(struct ring *ring, struct ring_record *record,
			  uint64_t number)
{
	/* The number of a whole record.  Pairs with segment_read_own(). */
	store_release(&record->sequence, number + 1);
	store_release(&ring->head, number + 1);
}

/* All but the slots. */
static inline void describe(struct ring_record *record,
			    const struct occurrence *o, uint32_t generation)
{
	const struct symbol *name = name_of(o->event);

	record->start = o->time - o->duration;
	record->duration = o->duration;
	record->span_id = o->span_id;
	record->parent_span_id = o->parent_span_id;
	record->name = text_id((struct symbol *)(uintptr_t)name, generation);
	record->thread = thread_self.tid;
	record->kind = (uint8_t)kind_of(o->event);
}

static void write_fields(struct ring_record *record, const struct occurrence *o)
{
	struct writer w = { record->slots, record->slots + RING_SLOTS,
			    segment_generation(), 0 };

	occurrence_complete(o);
	describe(record, o, w.generation);
	put_fields(&w, o, record->kind == TELEMETRY_RECORD_EXCEPTION);
	/* Few stores: not worth a call of memset(). */
	for (; w.slot < w.end; w.slot++) {
		*w.slot = (struct ring_slot){ 0 };
		compiler_barrier();
	}
	record->flags = w.left_out ? RING_TRUNCATED : 0;
	if (unlikely(w.left_out))
		segment_drop(DROP_FIELD, w.left_out);
}

void ring_write(const struct occurrence *o, void *config UNUSED)
{
	struct thread *thread = &thread_self;
	struct recorder *recorder = recorder_of(thread);
	struct ring *ring = recorder->ring;
	struct ring_record *record;
	uint64_t number;

	if (unlikely(!ring)) {
		segment_drop(DROP_MEMORY, 1);
		return;
	}
	/* It was not yet known to be a span's when it was subscribed to. */
	if (unlikely(o->event->span && o->event == o->event->span->start))
		return;
	number = ring->head;
	ring->thread = thread->tid;
	record = begin(ring, number);
	if (!o->known || !ring_write_known(recorder->templates, record, o))
		write_fields(record, o);
	finish(ring, record, number);
}
