/*
 * ring_slot.h - fields as slots of a record: ids for texts, the smallest type
 * for numbers.  Shared by the files of this directory that write.
 */
#ifndef SHIM_RECORDER_RING_SLOT_H
#define SHIM_RECORDER_RING_SLOT_H

#include "recorder/ring_record.h"
#include "telemetry/reporter.h"

#include <string.h>

#define KEY_MAX (1u << 24)

/* Where the fields of a record go. */
struct writer {
	struct ring_slot *slot, *end; /* free ones */
	uint32_t generation;	      /* of the segment */
	uint32_t left_out;	      /* fields */
};

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

	ring_put(slot, &word, sizeof(word));
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

#endif
