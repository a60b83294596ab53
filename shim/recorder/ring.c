/*
 * ring.c - writes records into this thread's ring.
 *
 * Plain stores by one thread: no lock, no system call, no allocation after the
 * first record.  Which events come here is recorder.c's affair, reading is
 * ring_read.c's.
 */
#include "recorder/ring.h"

#include "base/thread.h"
#include "telemetry/reporter.h"

#include <string.h>

#define KEY_MAX (1u << 24)

_Static_assert(sizeof(struct ring_record) == 128, "two cache lines");
_Static_assert(sizeof(struct ring_slot) == 8, "layout of the file");
_Static_assert(offsetof(struct ring_record, started) == 124, "the last word");

/* Stands for a ring that was not to be had; not asked for again. */
static struct ring no_ring;

/* Where the fields of a record go. */
struct writer {
	struct ring_slot *slot, *end; /* free ones */
	uint32_t generation;	      /* of the segment */
	uint32_t left_out;	      /* fields */
};

static COLD struct ring *make(struct thread *thread)
{
	const uint32_t size =
		sizeof(struct ring) + RING_RECORDS * sizeof(struct ring_record);
	struct ring *ring = segment_alloc(SEGMENT_RING, size, thread->tid, 0);

	thread->owner->recorder = ring ? ring : &no_ring;
	if (!ring)
		return NULL;
	/* Without a capacity it is empty.  Pairs with segment_read_own(). */
	store_release(&ring->capacity, RING_RECORDS);
	return ring;
}

static inline struct ring *ring_of(struct thread *thread)
{
	struct ring *ring = thread->owner->recorder;

	if (unlikely(ring == NULL))
		ring = make(thread);
	return likely(ring != &no_ring) ? ring : NULL;
}

/* symbol_segment_id() without the call.  No symbol without an id has the
 * generation of a segment that exists. */
static inline uint32_t text_id(struct symbol *symbol, uint32_t generation)
{
	uint64_t known = load_relaxed(&symbol->in_segment);

	if (likely(known >> 32 == generation))
		return (uint32_t)known;
	return symbol_segment_id(symbol);
}

static inline uint32_t string_id(const struct telemetry_value *value,
				 uint32_t generation)
{
	struct symbol *symbol;

	if (unlikely(value->length > SYMBOL_LENGTH_MAX))
		return 0;
	if (likely(value->flags & VALUE_SYMBOL))
		symbol = CONTAINER_OF(value->as.string, struct symbol, text);
	else
		symbol = value_symbol(value);
	return likely(symbol != NULL) ? text_id(symbol, generation) : 0;
}

/* The smallest type that holds it; RING_NONE if none does. */
static inline uint32_t encode(const struct telemetry_value *value,
			      uint32_t generation, uint64_t *bits)
{
	*bits = value->as.u64;
	if (value->type == TELEMETRY_STRING) {
		*bits = string_id(value, generation);
		return *bits ? RING_STRING : RING_NONE;
	}
	if (value->type == TELEMETRY_UINT64 || value->type == TELEMETRY_POINTER)
		return *bits <= UINT32_MAX ? RING_U32 : RING_U64;
	if (value->type == TELEMETRY_INT64)
		return value->as.i64 == (int32_t)value->as.i64 ? RING_I32
							       : RING_I64;
	if (value->type == TELEMETRY_DOUBLE)
		return RING_DOUBLE;
	*bits = value->as.boolean != 0;
	return value->type == TELEMETRY_BOOL ? RING_BOOL : RING_NONE;
}

/* struct ring_slot in one store. */
static inline void store_slot(struct ring_slot *slot, uint32_t head,
			      uint32_t value)
{
	uint64_t word = head | (uint64_t)value << 32;

	memcpy(slot, &word, sizeof(word));
}

static ALWAYS_INLINE void put(struct writer *w, struct symbol *key,
			      const struct telemetry_value *value,
			      uint32_t flags)
{
	uint32_t id = text_id(key, w->generation);
	uint64_t bits;
	uint32_t type = encode(value, w->generation, &bits);
	bool wide = type >= RING_U64;

	if (unlikely(id - 1 >= KEY_MAX - 1 || type == RING_NONE ||
		     w->slot + wide >= w->end)) {
		w->left_out++;
		return;
	}
	id |= flags << 29;
	store_slot(w->slot++, id | type << 24, (uint32_t)bits);
	if (wide)
		store_slot(w->slot++, id | RING_UPPER << 24,
			   (uint32_t)(bits >> 32));
}

/* All but tags of metrics and those with the keys a and b: the record says that
 * anyway. */
static ALWAYS_INLINE void put_all(struct writer *w,
				  const struct telemetry_fields *fields,
				  bool interned_keys, uint32_t flags,
				  const struct symbol *a,
				  const struct symbol *b)
{
	const struct telemetry_field *f = fields->items;
	const struct telemetry_field *end = f + fields->count;

	for (; f < end; f++) {
		struct symbol *key;

		key = interned_keys ? CONTAINER_OF(f->key, struct symbol, text)
				    : key_symbol(f->key);
		if (unlikely(key == NULL))
			w->left_out++;
		else if (key != a && key != b &&
			 !(interned_keys && key->is_tag) &&
			 f->value.type != TELEMETRY_NULL)
			put(w, key, &f->value, flags);
	}
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
			  struct writer *w, uint64_t number)
{
	/* Few stores: not worth a call of memset(). */
	for (; w->slot < w->end; w->slot++) {
		*w->slot = (struct ring_slot){ 0 };
		compiler_barrier();
	}
	record->flags = w->left_out ? RING_TRUNCATED : 0;
	/* The number of a whole record.  Pairs with segment_read_own(). */
	store_release(&record->sequence, number + 1);
	store_release(&ring->head, number + 1);
	if (unlikely(w->left_out))
		segment_drop(DROP_FIELD, w->left_out);
}

static inline const struct symbol *name_of(const struct event *event)
{
	return event->span ? event->span->name : event->name;
}

static inline enum telemetry_record_kind kind_of(const struct event *event)
{
	const struct span_class *span = event->span;

	if (!span)
		return TELEMETRY_RECORD_EVENT;
	return event == span->exception ? TELEMETRY_RECORD_EXCEPTION
					: TELEMETRY_RECORD_STOP;
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

void ring_write(const struct occurrence *o, void *config UNUSED)
{
	struct thread *thread = &thread_self;
	struct ring *ring = ring_of(thread);
	struct ring_record *record;
	struct writer w = { 0 };
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
	w.slot = record->slots;
	w.end = record->slots + RING_SLOTS;
	w.generation = segment_generation();
	describe(record, o, w.generation);
	put_fields(&w, o, record->kind == TELEMETRY_RECORD_EXCEPTION);
	finish(ring, record, &w, number);
}
