/*
 * tag_set.c - puts the tags of a function in order.
 */
#include "metric/tag_set.h"

#include "base/hash.h"
#include "base/segment.h"
#include "metric/options.h"

#include <string.h>

/* Where it belongs; `count` if it is the last, UINT32_MAX if it is there. */
static uint32_t place_of(const struct tag_set *set, const char *key)
{
	uint32_t i;
	int order;

	for (i = 0; i < set->count; i++) {
		order = strcmp(key, set->keys[i]->text);
		if (order == 0)
			return UINT32_MAX;
		if (order < 0)
			break;
	}
	return i;
}

static bool add(struct tag_set *set, const struct telemetry_field *field)
{
	struct word word = { field->key, strlen(field->key) };
	uint32_t at = place_of(set, field->key), i;
	const struct symbol *key;

	if (at == UINT32_MAX)
		return true;
	key = name_is_valid(word, "") ? key_symbol(field->key) : NULL;
	if (!key)
		return false;
	for (i = set->count++; i > at; i--) {
		set->keys[i] = set->keys[i - 1];
		set->texts[i] = set->texts[i - 1];
		/* A number's text stands in itself. */
		if (set->texts[i].text == set->texts[i - 1].number)
			set->texts[i].text = set->texts[i].number;
	}
	set->keys[at] = key;
	extract_text(&field->value, &set->texts[at]);
	return true;
}

bool tag_set_make(struct tag_set *set, const struct metric *metric,
		  const struct telemetry_field *fields, uint32_t count)
{
	uint32_t i;

	set->count = 0;
	for (i = 0; i < count; i++) {
		if (add(set, &fields[i]))
			continue;
		segment_drop(DROP_TAG, 1);
		return false;
	}
	set->hash = metric->seed;
	for (i = 0; i < set->count; i++) {
		const struct tag_text *t = &set->texts[i];

		set->hash = hash_mix(set->hash, set->keys[i]->hash);
		set->hash = hash_mix(set->hash, hash_text(t->text, t->length));
	}
	set->hash |= 1;
	return true;
}
