/* ring_known.c - see ring_known.h. */
#include "recorder/ring_known.h"

#include "base/thread.h"
#include "recorder/ring_slot.h"

/* In front of every measurement of a span. */
#define TIMES 2

/* Slots without values for fields that differ; how many, one each. */
static uint8_t put_places(struct writer *w,
			  const struct telemetry_field *fields, size_t count,
			  uint32_t flags)
{
	const struct ring_slot *first = w->slot;
	size_t i;

	for (i = 0; i < count; i++) {
		struct telemetry_field narrow = fields[i];

		if (narrow.value.type != TELEMETRY_STRING)
			narrow.value.as.u64 = 0;
		put_all(w, &(struct telemetry_fields){ &narrow, 1 }, true,
			flags, NULL, NULL);
	}
	return (uint8_t)(w->slot - first);
}

static NOINLINE void learn(struct template *t, const struct occurrence *o,
			   uint32_t generation)
{
	const struct known_metadata *known = o->known;
	struct writer w = { t->slots, t->slots + RING_SLOTS, generation, 0 };
	struct telemetry_field room[KNOWN_FIELDS];
	struct telemetry_fields fields = { room, 0 };

	/* A jump out of a signal handler leaves it whole, or nobody's. */
	t->same = 0;
	compiler_barrier();
	memset(t->slots, 0, sizeof(t->slots));
	t->measurements =
		put_places(&w, o->measurements.items + TIMES,
			   o->measurements.count - TIMES, RING_MEASUREMENT);
	t->own = put_places(&w, known->own, known->own_count, 0);
	fields.count = known->describe(known, room);
	put_all(&w, &fields, true, 0, NULL, NULL);
	t->event = o->event;
	t->name = text_id((struct symbol *)(uintptr_t)name_of(o->event),
			  generation);
	t->kind = (uint8_t)kind_of(o->event);
	t->left_out = w.left_out;
	compiler_barrier();
	t->same = known->same;
}

/* Of two places that it may have; of two that are taken, one goes. */
static inline const struct template *template_of(struct template *templates,
						 const struct occurrence *o)
{
	uint64_t same = o->known->same;
	struct template *t = &templates[same % TEMPLATES];
	struct template *other = &templates[(same % TEMPLATES) ^ 1];

	if (likely(t->same == same && t->event == o->event))
		return t;
	if (likely(other->same == same && other->event == o->event))
		return other;
	if (t->same != 0 && (other->same == 0 || (same >> 32 & 1)))
		t = other;
	learn(t, o, segment_generation());
	return t;
}

/* The values of fields that differ; false: one is too wide for its slot, or has
 * no text in the segment. */
static ALWAYS_INLINE bool put_values(struct ring_slot *slot,
				     const struct telemetry_field *f,
				     size_t count, uint32_t generation)
{
	const struct telemetry_field *end = f + count;
	uint32_t id;

	for (; f < end; f++, slot++) {
		if (likely(f->value.type != TELEMETRY_STRING)) {
			if (unlikely(f->value.as.u64 > INT32_MAX))
				return false;
			slot->value = (uint32_t)f->value.as.u64;
			continue;
		}
		id = string_id(&f->value, generation);
		if (unlikely(!id))
			return false;
		slot->value = id;
	}
	return true;
}

bool ring_write_known(struct template *templates, struct ring_record *record,
		      const struct occurrence *o)
{
	const struct template *t = template_of(templates, o);
	const struct known_metadata *known = o->known;
	const struct telemetry_fields *m = &o->measurements;
	uint32_t generation = segment_generation();

	if (unlikely(t->measurements != m->count - TIMES ||
		     t->own != known->own_count || t->left_out))
		return false;
	memcpy(record->slots, t->slots, sizeof(t->slots));
	if (unlikely(!put_values(record->slots, m->items + TIMES,
				 m->count - TIMES, generation) ||
		     !put_values(record->slots + t->measurements, known->own,
				 known->own_count, generation)))
		return false;
	record->start = o->time - o->duration;
	record->duration = o->duration;
	record->span_id = o->span_id;
	record->parent_span_id = o->parent_span_id;
	record->name = t->name;
	record->thread = thread_self.tid;
	record->kind = t->kind;
	record->flags = 0;
	return true;
}
