/*
 * labels.c - the tags of a sample as labels.
 */
#include "prometheus/labels.h"

#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

struct label {
	size_t name; /* in labels.names */
	const char *key, *value;
};

void labels_free(struct labels *l)
{
	free(l->items);
	text_free(&l->names);
	memset(l, 0, sizeof(*l));
}

void labels_clear(struct labels *l)
{
	l->count = 0;
	l->names.length = 0;
}

void labels_add(struct labels *l, const char *key, const char *value,
		const char *reserved)
{
	struct label *label;

	if (l->count == l->size) {
		size_t size = l->size ? l->size * 2 : 16;

		label = realloc(l->items, size * sizeof(*label));
		l->failed |= !label;
		if (!label)
			return;
		l->items = label;
		l->size = size;
	}
	label = &l->items[l->count++];
	*label = (struct label){ l->names.length, key, value };
	names_label(&l->names, key);
	if (reserved && !l->names.failed &&
	    !strcmp(l->names.data + label->name, reserved)) {
		l->names.length = label->name;
		text_str(&l->names, "exported_");
		text_str(&l->names, reserved);
		text_char(&l->names, '\0');
	}
	l->failed |= l->names.failed;
}

static bool is_before(const struct labels *l, const struct label *a,
		      const struct label *b)
{
	int order = strcmp(l->names.data + a->name, l->names.data + b->name);

	return order ? order < 0 : strcmp(a->key, b->key) < 0;
}

/* They are few, and mostly in order. */
static void sort(struct labels *l)
{
	size_t i, j;

	for (i = 1; i < l->count; i++) {
		struct label moved = l->items[i];

		for (j = i; j && is_before(l, &moved, &l->items[j - 1]); j--)
			l->items[j] = l->items[j - 1];
		l->items[j] = moved;
	}
}

void labels_escape(struct text *out, const char *value, bool quotes)
{
	while (*value) {
		uint32_t character;
		size_t length = utf8_decode(value, &character);

		if (*value == '\\')
			text_str(out, "\\\\");
		else if (*value == '\n')
			text_str(out, "\\n");
		else if (*value == '"' && quotes)
			text_str(out, "\\\"");
		else if (length)
			text_bytes(out, value, length);
		else
			text_str(out, UTF8_REPLACEMENT);
		value += length ? length : 1;
	}
}

void labels_put(struct labels *l, struct text *out)
{
	const char *last = NULL;
	size_t i;

	if (l->failed) {
		out->failed = true;
		return;
	}
	sort(l);
	for (i = 0; i < l->count; i++) {
		const char *name = l->names.data + l->items[i].name;

		if (last && !strcmp(last, name)) {
			text_char(out, ';');
		} else {
			text_str(out, last ? "\"," : "");
			text_str(out, name);
			text_str(out, "=\"");
		}
		labels_escape(out, l->items[i].value, true);
		last = name;
	}
	text_str(out, last ? "\"" : "");
}
