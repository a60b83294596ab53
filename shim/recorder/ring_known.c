/*
 * ring_known.c - records of which most has been written before: what comes
 * again and again (event/known.h) is copied from a template.
 */
#include "recorder/ring.h"

#include "base/thread.h"
#include "recorder/ring_record.h"
#include "recorder/ring_slot.h"

/* In front of every measurement of a span. */
#define TIMES 2

/* A record.  Its first slots are those of the values, one each and at least
 * one, and have theirs filled in. */
struct template
{
	uint32_t name;
	uint32_t generation; /* of the segment in which its texts are */
	uint8_t kind;
	uint8_t values;
	uint8_t texts; /* bit per value that is a symbol */
	struct ring_slot slots[RING_SLOTS];
};

_Static_assert(sizeof(struct template) <= KNOWN_ROOM, "event/known.h");

/* A slot without its value for each of the fields. */
static void put_places(struct template *t, struct writer *w,
		       const struct telemetry_field *fields, size_t count,
		       uint32_t flags)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct telemetry_field narrow = fields[i];

		if (narrow.value.type == TELEMETRY_STRING)
			t->texts |= (uint8_t)(1 << t->values);
		else
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

/* What stands for the symbols among the values; false: one has no text in the
 * segment. */
static NOINLINE bool put_texts(struct ring_slot *slots,
			       const struct template *t,
			       const struct known *known)
{
	uint32_t i, id;

	for (i = 0; i < t->values; i++) {
		if (!(t->texts >> i & 1))
			continue;
		id = text_id((struct symbol *)(uintptr_t)known->values[i],
			     t->generation);
		if (!id)
			return false;
		slots[i].value = id;
	}
	return true;
}

/* The values; false: one does not go into its slot. */
static ALWAYS_INLINE bool put_values(struct ring_slot *slots,
				     const struct template *t,
				     const struct known *known)
{
	/* Stores into slots may change what t says, for all that the compiler
	 * knows. */
	const uint32_t count = t->values, texts = t->texts;
	uint64_t wide = 0;
	uint32_t i = 0;

	do {
		slots[i].value = (uint32_t)known->values[i];
		wide |= texts >> i & 1 ? 0 : known->values[i];
	} while (++i < count);
	return likely(wide <= INT32_MAX) &&
	       (likely(!texts) || put_texts(slots, t, known));
}

static void write_known(const struct occurrence *o,
			const struct known_step *step)
{
	const struct template *t = step->to;
	struct ring *ring = thread_self.owner->recorder;
	struct ring_record *record;
	uint64_t number = ring->head;

	if (unlikely(number >= ring->ready) && !ring_make_room(ring))
		return;
	ring->thread = thread_self.tid;
	record = ring_begin(ring, number);
	memcpy(record->slots, t->slots, sizeof(t->slots));
	if (unlikely(!put_values(record->slots, t, o->known))) {
		/* Begins the same record again. */
		known_call(o, ring_write, NULL);
		return;
	}
	ring_put_times(record, o);
	record->name = t->name;
	record->kind = t->kind;
	record->flags = 0;
	ring_finish(ring, record, number);
}

bool ring_prepare(const struct occurrence *o, void *config UNUSED,
		  struct known_step *step, void *room)
{
	struct template *t = room;

	if (!room || !ring_of(&thread_self))
		return false;
	*t = (struct template){
		.generation = segment_generation(),
		.kind = (uint8_t)kind_of(o->event),
	};
	t->name = text_id((struct symbol *)(uintptr_t)name_of(o->event),
			  t->generation);
	if (!learn(t, o))
		return false;
	step->kind = KNOWN_WRITE;
	step->run = write_known;
	step->to = t;
	return true;
}
