/*
 * extract.c - tags out of the metadata of an event: as a hash on the hot path,
 * as texts the first time.
 */
#include "metric/extract.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/segment.h"
#include "metric/field.h"
#include "metric/transform.h"

/* Hashes of texts are odd (event/symbol.c), so none is this. */
#define HASH_EMPTY 0

static const struct telemetry_value *
find_error_type(const struct metric_tag *tag,
		const struct occurrence *occurrence, uint8_t *hint)
{
	const struct span_class *span = occurrence->event->span;
	const struct telemetry_value *value =
		field_find(&occurrence->metadata, tag->key,
			   occurrence->interned_keys, hint);
	uint8_t reason_hint = 1; /* where span_close() puts it */

	if (value || !span || occurrence->event != span->exception)
		return value;
	return field_find(&occurrence->metadata, &SYM_reason,
			  occurrence->interned_keys, &reason_hint);
}

static ALWAYS_INLINE const struct telemetry_value *
find_tag(struct attachment *attachment, const struct occurrence *occurrence,
	 uint32_t index)
{
	const struct metric_tag *tag = &attachment->metric->tags[index];
	uint8_t *hint = &attachment->hints[index];

	if (tag->source == TAG_ERROR_TYPE)
		return find_error_type(tag, occurrence, hint);
	return field_find(&occurrence->metadata, tag->key,
			  occurrence->interned_keys, hint);
}

/* The symbol of a pseudo tag; NULL if the event has none. */
static ALWAYS_INLINE const struct symbol *
pseudo_tag(const struct metric_tag *tag, const struct occurrence *occurrence)
{
	const struct event *e = occurrence->event;

	if (tag->source == TAG_EVENT_NAME)
		return e->name;
	if (tag->source == TAG_CONSTANT)
		return tag->key;
	return e->span ? e->span->name : NULL;
}

static ALWAYS_INLINE struct symbol *
symbol_behind(const struct telemetry_value *value)
{
	return CONTAINER_OF(value->as.string, struct symbol, text);
}

static inline uint64_t text_hash(const char *text, size_t length)
{
	return length ? hash_text(text, length) | 1 : HASH_EMPTY;
}

static uint64_t number_hash(const struct telemetry_value *value)
{
	uint64_t bits = value->as.u64;

	if (value->type == TELEMETRY_NULL)
		return HASH_EMPTY;
	if (value->type == TELEMETRY_BOOL)
		bits = value->as.boolean != 0;
	return hash_mix(hash_seed + value->type, bits);
}

static ALWAYS_INLINE uint64_t value_hash(const struct telemetry_value *value)
{
	if (unlikely(!value))
		return HASH_EMPTY;
	if (unlikely(value->type != TELEMETRY_STRING))
		return number_hash(value);
	if (likely(value->flags & VALUE_SYMBOL))
		return value->length ? symbol_behind(value)->hash : HASH_EMPTY;
	return text_hash(value->as.string, value->length);
}

/* Is an event without this tag skipped?  A constant "" is meant. */
static inline bool is_required(const struct metric *metric,
			       const struct metric_tag *tag)
{
	return metric->skips && tag->source != TAG_CONSTANT;
}

static COLD uint64_t skip(void)
{
	segment_drop(DROP_TAG, 1);
	return 0;
}

uint64_t extract_hash(struct attachment *attachment,
		      const struct occurrence *occurrence)
{
	const struct metric *m = attachment->metric;
	uint64_t hash = m->seed;
	uint32_t i;

	for (i = 0; i < m->tag_count; i++) {
		const struct metric_tag *tag = &m->tags[i];
		const struct telemetry_value *value;
		uint64_t part;

		if (tag_is_fixed(tag)) {
			const struct symbol *s = pseudo_tag(tag, occurrence);

			if (unlikely(!s) && is_required(m, tag))
				return skip();
			hash = hash_mix(hash, s ? s->hash : HASH_EMPTY);
			continue;
		}
		value = find_tag(attachment, occurrence, i);
		part = value_hash(value);
		if (unlikely(part == HASH_EMPTY) && is_required(m, tag))
			return skip();
		if (unlikely(!value) && !occurrence->interned_keys &&
		    !tag->may_be_absent)
			segment_drop(DROP_TAG, 1);
		hash = hash_mix(hash, part);
	}
	return hash | 1;
}

bool extract_value(const struct metric_tag *tag,
		   const struct occurrence *occurrence, uint8_t *hint,
		   struct telemetry_value *value)
{
	const struct telemetry_value *found;
	uint8_t none = 0;

	if (tag_is_fixed(tag)) {
		*value = field_symbol(tag->key, pseudo_tag(tag, occurrence))
				 .value;
		return true;
	}
	if (tag->source == TAG_ERROR_TYPE)
		found = find_error_type(tag, occurrence, hint);
	else
		found = field_find(&occurrence->metadata, tag->key,
				   occurrence->interned_keys, hint);
	if (!found)
		found = field_find(&occurrence->measurements, tag->key,
				   occurrence->interned_keys, &none);
	if (found)
		*value = *found;
	return found != NULL;
}

static void number_text(struct tag_text *text,
			const struct telemetry_value *value)
{
	struct buf b = BUF(text->number);

	switch (value->type) {
	case TELEMETRY_INT64:
		buf_i64(&b, value->as.i64);
		break;
	case TELEMETRY_UINT64:
		buf_u64(&b, value->as.u64);
		break;
	case TELEMETRY_DOUBLE:
		buf_double(&b, value->as.f64);
		break;
	case TELEMETRY_BOOL:
		buf_str(&b, value->as.boolean ? "true" : "false");
		break;
	case TELEMETRY_POINTER:
		buf_str(&b, "0x");
		buf_hex(&b, value->as.u64);
		break;
	default:
		break;
	}
	text->text = b.text;
	text->length = b.length;
}

void extract_text(const struct telemetry_value *value, struct tag_text *text)
{
	text->symbol = NULL;
	if (value->type != TELEMETRY_STRING) {
		number_text(text, value);
		return;
	}
	if (value->flags & VALUE_SYMBOL)
		text->symbol = symbol_behind(value);
	text->text = value->as.string;
	text->length = value->length;
}

static void symbol_text(struct tag_text *text, const struct symbol *symbol)
{
	*text = (struct tag_text){ .text = "" };
	if (!symbol)
		return;
	text->symbol = (struct symbol *)symbol;
	text->text = symbol->text;
	text->length = symbol->length;
}

/* The tag as the event has it; "" if it does not. */
static void raw_text(struct attachment *attachment,
		     const struct occurrence *occurrence, uint32_t index,
		     struct tag_text *text)
{
	const struct metric_tag *tag = &attachment->metric->tags[index];
	const struct telemetry_value *value;

	if (tag_is_fixed(tag)) {
		symbol_text(text, pseudo_tag(tag, occurrence));
		return;
	}
	symbol_text(text, NULL);
	value = find_tag(attachment, occurrence, index);
	if (value)
		extract_text(value, text);
}

static void transform(const struct metric_tag *tag, struct tag_text *text,
		      char *result, void *room)
{
	struct buf b;

	buf_init(&b, result, TRANSFORM_RESULT_MAX + 1);
	transform_apply(tag->transform, text->text, text->length, room, &b);
	text->symbol = NULL;
	text->text = b.text;
	text->length = b.length;
}

uint32_t extract_room(const struct metric *metric)
{
	size_t largest = 0, size;
	bool any = false;
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++) {
		if (!metric->tags[i].transform)
			continue;
		any = true;
		size = transform_room(metric->tags[i].transform);
		largest = size > largest ? size : largest;
	}
	if (!any)
		return 0;
	return (uint32_t)(metric->tag_count * (TRANSFORM_RESULT_MAX + 1) +
			  largest);
}

uint64_t extract_texts(struct attachment *attachment,
		       const struct occurrence *occurrence, void *room,
		       struct tag_text *texts, uint32_t *empty)
{
	const struct metric *m = attachment->metric;
	char *results = room;
	void *rest =
		!room ? NULL
		      : results + m->tag_count * (TRANSFORM_RESULT_MAX + 1);
	uint64_t hash = m->seed;
	uint32_t i;

	*empty = 0;
	for (i = 0; i < m->tag_count; i++) {
		const struct metric_tag *tag = &m->tags[i];

		raw_text(attachment, occurrence, i, &texts[i]);
		if (tag->transform && texts[i].length > 0) {
			transform(tag, &texts[i], results, rest);
			*empty += texts[i].length == 0;
			results += TRANSFORM_RESULT_MAX + 1;
		}
		if (texts[i].length == 0 && is_required(m, tag))
			return 0;
		if (texts[i].length == 0 && tag->source != TAG_CONSTANT)
			symbol_text(&texts[i], m->missing);
		hash = hash_mix(hash,
				text_hash(texts[i].text, texts[i].length));
	}
	return hash | 1;
}

uint64_t extract_hash_of(const struct metric *metric,
			 const struct tag_text *texts)
{
	uint64_t hash = metric->seed;
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++)
		hash = hash_mix(hash,
				text_hash(texts[i].text, texts[i].length));
	return hash | 1;
}
