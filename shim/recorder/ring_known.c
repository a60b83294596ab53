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
	slot->value = (uint32_t)value;
	return value;
}

/* The values, of which a text is the number of one: three, five, or (0) as many
 * as there are.  False: one does not go into its slot. */
static ALWAYS_INLINE bool put_values(struct ring_slot *slots,
				     const struct template *t,
				     const uint64_t *values, uint32_t count)
{
	uint64_t wide = 0;
	uint32_t i;

	/* No loop: compilers keep one of five. */
	if (count >= 3)
		wide = put_value(&slots[0], values[0]) |
		       put_value(&slots[1], values[1]) |
		       put_value(&slots[2], values[2]);
	if (count == 5)
		wide |= put_value(&slots[3], values[3]) |
			put_value(&slots[4], values[4]);
	if (count == 0)
		for (i = 0; i < t->values; i++)
			wide |= put_value(&slots[i], values[i]);
	return likely(wide <= INT32_MAX);
}

/* A record for which there is memory. */
static ALWAYS_INLINE bool put_record(struct ring *ring,
				     const struct template *t,
				     const struct span *span, uint64_t duration,
				     const uint64_t *values, uint32_t count)
{
	uint64_t number = ring->head;
	struct ring_record *record = ring_begin(ring, number);

	memcpy((char *)record + offsetof(struct ring_record, name),
	       (const char *)t + offsetof(struct template, name), COPIED);
	/* If it does not fit, ring_write() begins the same record again. */
	if (unlikely(!put_values(record->slots, t, values, count)))
		return false;
	record->start = span->start;
	record->duration = duration;
	record->span_id = span->id;
	record->parent_span_id = span->parent;
	ring_finish(ring, record, number);
	return true;
}

static const struct template *template_of(const struct known_write *self)
{
	return CONTAINER_OF(self, const struct template, writer);
}

static HOT NOINLINE bool write_any(const struct known_write *self,
				   const struct span *span, uint64_t duration,
				   const uint64_t *values)
{
	struct ring *ring = thread_self.owner->recorder;
	const struct template *t = template_of(self);

	/* A signal handler has forked since the plan was found, and this is the
	 * child, whose owner is empty. */
	if (unlikely(!ring))
		return false;
	if (unlikely(ring->head >= ring->ready) && !ring_make_room(ring))
		return true;
	return put_record(ring, t, span, duration, values, 0);
}

/* The same for a number of values that is known: no loop, and as it calls
 * nobody it needs no registers of others. */
static ALWAYS_INLINE bool write_some(const struct known_write *self,
				     const struct span *span, uint64_t duration,
				     const uint64_t *values, uint32_t count)
{
	struct ring *ring = thread_self.owner->recorder;

	if (unlikely(!ring) || unlikely(ring->head >= ring->ready))
		return write_any(self, span, duration, values);
	return put_record(ring, template_of(self), span, duration, values,
			  count);
}

/* Bytes, messages and descriptor of a socket. */
static HOT bool write_3(const struct known_write *self, const struct span *span,
			uint64_t duration, const uint64_t *values)
{
	return write_some(self, span, duration, values, 3);
}

/* And its peer's address and port. */
static HOT bool write_5(const struct known_write *self, const struct span *span,
			uint64_t duration, const uint64_t *values)
{
	return write_some(self, span, duration, values, 5);
}

bool ring_prepare(const struct occurrence *o, void *config UNUSED,
		  struct known_step *step, void *room)
{
	struct ring *ring = ring_of(&thread_self);
	struct template *t = room;

	if (!room || !ring)
		return false;
	/* Plans are this thread's, so it stays. */
	ring->thread = thread_self.tid;
	*t = (struct template){
		.thread = thread_self.tid,
		.generation = segment_generation(),
		.kind = (uint8_t)kind_of(o->event),
	};
	t->name = text_id((struct symbol *)(uintptr_t)name_of(o->event),
			  t->generation);
	if (!learn(t, o))
		return false;
	t->writer.write = t->values == 3   ? write_3
			  : t->values == 5 ? write_5
					   : write_any;
	step->kind = KNOWN_WRITE;
	step->to = t;
	return true;
}
