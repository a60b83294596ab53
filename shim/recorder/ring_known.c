/*
 * ring_known.c - records of which most has been written before: what comes
 * again and again (event/known.h) is copied from a template.
 */
#include "recorder/ring.h"

#include "base/thread.h"
#include "event/span.h"
#include "recorder/ring_record.h"
#include "recorder/ring_slot.h"

/* In front of every measurement of a span. */
#define TIMES 2

/* A record from its name on, without the last word, and how to fill it in.  Its
 * first slots are those of the values, one each and at least one. */
struct template
{
	struct known_write writer;
	uint32_t name, thread;
	struct ring_slot slots[RING_SLOTS];
	uint8_t kind, flags, reserved[2];
	uint32_t generation; /* of the segment in which its texts are */
	uint8_t values;
};

#define COPIED                                                                 \
	(offsetof(struct ring_record, started) -                               \
	 offsetof(struct ring_record, name))

/* Bytes of a span's id and its parent's. */
#define IDS (2 * sizeof(uint64_t))

_Static_assert(offsetof(struct ring_record, parent_span_id) -
			       offsetof(struct ring_record, span_id) ==
		       offsetof(struct span, parent) -
			       offsetof(struct span, id),
	       "as in a span");
_Static_assert(sizeof(struct template) <= KNOWN_ROOM, "event/known.h");
_Static_assert(offsetof(struct template, generation) ==
		       offsetof(struct template, name) + COPIED,
	       "as in a record");

/* A slot without its value for each of the fields. */
static void put_places(struct template *t, struct writer *w,
		       const struct telemetry_field *fields, size_t count,
		       uint32_t flags)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct telemetry_field narrow = fields[i];

		if (narrow.value.type != TELEMETRY_STRING)
			narrow.value.as.u64 = 0;
		put_all(w, &(struct telemetry_fields){ &narrow, 1 }, true,
			flags, NULL, NULL);
		t->values++;
	}
}

/* False: there is one without a slot of its own. */
static bool learn(struct template *t, const struct occurrence *o)
{
	const struct known *known = o->known;
	uint32_t ids = o->parent_span_id ? 2 : 1;
	struct telemetry_fields rest = { o->metadata.items + ids,
					 o->metadata.count - ids - known->own };
	struct writer w = { t->slots, t->slots + RING_SLOTS, t->generation, 0 };

	put_places(t, &w, o->measurements.items + TIMES, known->measurements,
		   RING_MEASUREMENT);
	put_places(t, &w, rest.items + rest.count, known->own, 0);
	if (w.slot != t->slots + t->values || t->values == 0)
		return false;
	put_all(&w, &rest, true, 0, NULL, NULL);
	return w.left_out == 0;
}

static ALWAYS_INLINE uint64_t put_value(struct ring_slot *slot, uint64_t value)
{
	ring_set(&slot->value, (uint32_t)value);
	return value;
}

/* The values, of which a text is the number of one.  few: there are one, three
 * or five.  False: one does not go into its slot. */
static ALWAYS_INLINE bool put_values(struct ring_slot *slots,
				     const struct template *t,
				     const uint64_t *values, bool few)
{
	uint64_t wide = put_value(&slots[0], values[0]);
	uint32_t i;

	if (!few) {
		for (i = 1; i < t->values; i++)
			wide |= put_value(&slots[i], values[i]);
	} else if (likely(t->values != 1)) {
		/* No loop: compilers keep one of five. */
		wide |= put_value(&slots[1], values[1]);
		compiler_barrier();
		wide |= put_value(&slots[2], values[2]);
		if (unlikely(t->values != 3)) {
			wide |= put_value(&slots[3], values[3]);
			compiler_barrier();
			wide |= put_value(&slots[4], values[4]);
		}
	}
	return likely(wide <= INT32_MAX);
}

/* A record for which there is memory. */
static ALWAYS_INLINE bool put_record(struct ring *ring,
				     const struct template *t,
				     const struct span *span, uint64_t duration,
				     const uint64_t *values, bool few)
{
	uint64_t number = ring->head;
	struct ring_record *record = ring_begin(ring, number);

	ring_set(&record->start, span->start);
	/* Not as a vector with the one above, by way of the stack. */
	store_relaxed(&record->duration, duration);
	ring_put(&record->span_id, &span->id, IDS);
	ring_put((char *)record + offsetof(struct ring_record, name),
		 (const char *)t + offsetof(struct template, name), COPIED);
	/* If it does not fit, ring_write() begins the same record again. */
	if (unlikely(!put_values(record->slots, t, values, few)))
		return false;
	ring_finish(ring, record, number);
	return true;
}

static const struct template *template_of(const struct known_write *self)
{
	return CONTAINER_OF(self, const struct template, writer);
}

static NOINLINE bool write_any(const struct known_write *self,
			       const struct span *span, uint64_t duration,
			       const uint64_t *values)
{
	struct ring *ring = thread_get(owner)->recorder;
	const struct template *t = template_of(self);

	/* A signal handler has forked since the plan was found, and this is the
	 * child, whose owner is empty. */
	if (unlikely(!ring))
		return false;
	if (unlikely(ring->head >= ring->ready) && !ring_make_room(ring))
		return true;
	return put_record(ring, t, span, duration, values, false);
}

/* The same for numbers of values that are common: of a wait, of a socket
 * (bytes, messages and descriptor), and with its peer's address and port.  No
 * loop, and as it calls nobody it needs no registers of others. */
static HOT bool write_few(const struct known_write *self,
			  const struct span *span, uint64_t duration,
			  const uint64_t *values)
{
	struct ring *ring = thread_get(owner)->recorder;

	if (unlikely(!ring) || unlikely(ring->head >= ring->ready))
		return write_any(self, span, duration, values);
	return put_record(ring, template_of(self), span, duration, values,
			  true);
}

bool ring_prepare(const struct occurrence *o, void *config UNUSED,
		  struct known_step *step, void *room)
{
	struct ring *ring = ring_of(&thread_self);
	struct template *t = room;

	if (!room || !ring)
		return false;
	/* Plans are this thread's, so it stays. */
	ring_set(&ring->thread, thread_self.tid);
	*t = (struct template){
		.thread = thread_self.tid,
		.generation = segment_generation(),
		.kind = (uint8_t)kind_of(o->event),
	};
	t->name = text_id((struct symbol *)(uintptr_t)name_of(o->event),
			  t->generation);
	if (!learn(t, o))
		return false;
	t->writer.write = t->values == 1 || t->values == 3 || t->values == 5
				  ? write_few
				  : write_any;
	step->kind = KNOWN_WRITE;
	step->to = t;
	return true;
}
