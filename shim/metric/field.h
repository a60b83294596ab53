/*
 * field.h - finds a field by its key.
 *
 * It is looked for where it was the last time: an emitter that lays its fields
 * out the same way each time pays one comparison per key.
 */
#ifndef SHIM_METRIC_FIELD_H
#define SHIM_METRIC_FIELD_H

#include "base/compiler.h"
#include "event/event.h"

#include <string.h>

static ALWAYS_INLINE bool is_key(const struct telemetry_field *field,
				 const struct symbol *key, bool interned)
{
	return field->key == key->text ||
	       (!interned && strcmp(field->key, key->text) == 0);
}

static ALWAYS_INLINE const struct telemetry_value *
field_find(const struct telemetry_fields *fields, const struct symbol *key,
	   bool interned, uint8_t *hint)
{
	size_t at = load_relaxed(hint), i;

	if (likely(at < fields->count) &&
	    likely(is_key(&fields->items[at], key, interned)))
		return &fields->items[at].value;
	for (i = 0; i < fields->count; i++) {
		if (!is_key(&fields->items[i], key, interned))
			continue;
		store_relaxed(hint, (uint8_t)i);
		return &fields->items[i].value;
	}
	return NULL;
}

#endif
