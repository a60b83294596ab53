/*
 * collect_attributes.c - OTEL_RESOURCE_ATTRIBUTES of a process, as tags.
 *
 * "key=value,key=value", blanks around both, both percent-encoded.  One bad
 * escape or a part without "=" and all of it is void, as the specification of
 * the variable wants.  The later one of two equal keys counts.
 */
#include "metric/collect.h"

#include <string.h>

#define ATTRIBUTES_MAX 128
#define TEXT_MAX 16384 /* of the variable */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; its length, or -1. */
static int decode(char *text, int length)
{
	int from, to = 0;

	for (from = 0; from < length; from++) {
		char c = text[from];

		if (c == '%') {
			int high, low;

			if (from + 2 >= length)
				return -1;
			high = digit(text[from + 1]);
			low = digit(text[from + 2]);
			if (high < 0 || low < 0 || high + low == 0)
				return -1;
			c = (char)(high * 16 + low);
			from += 2;
		}
		text[to++] = c;
	}
	return to;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without the blanks around it, decoded; NULL: void, or no memory. */
static const char *read_part(struct snapshot *snapshot, char *text, int length)
{
	while (length > 0 && is_blank(*text)) {
		text++;
		length--;
	}
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	length = decode(text, length);
	if (length < 0)
		return NULL;
	return pool_text(&snapshot->pool, &snapshot->texts, text,
			 (size_t)length);
}

static bool put(struct telemetry_tag *tags, size_t *count, const char *key,
		const char *value)
{
	size_t i;

	/* Equal texts of a pool are one. */
	for (i = 0; i < *count && tags[i].key != key; i++)
		;
	if (i == ATTRIBUTES_MAX)
		return false;
	if (i == *count)
		++*count;
	tags[i] = (struct telemetry_tag){ key, value };
	return true;
}

/* The part up to the next comma; false: void. */
static bool read_pair(struct snapshot *snapshot, char *text, int length,
		      struct telemetry_tag *tags, size_t *count)
{
	char *equals = memchr(text, '=', (size_t)length);
	const char *key, *value;

	if (!equals) {
		/* Nothing between two commas is no error. */
		while (length > 0 && is_blank(text[length - 1]))
			length--;
		return length == 0;
	}
	key = read_part(snapshot, text, (int)(equals - text));
	value = read_part(snapshot, equals + 1,
			  length - (int)(equals + 1 - text));
	if (!key || !*key || !value)
		return false;
	/* It has a place of its own. */
	if (!strcmp(key, "service.name"))
		return true;
	return put(tags, count, key, value);
}

static size_t count_pairs(const char *text, size_t length)
{
	size_t count = 1, i;

	for (i = 0; i < length; i++)
		count += text[i] == ',';
	return count < ATTRIBUTES_MAX ? count : ATTRIBUTES_MAX;
}

/* False: void. */
static bool read_all(struct snapshot *snapshot, char *text, uint32_t length,
		     struct telemetry_tag *tags, size_t *count)
{
	char *at = text, *end = text + length;

	while (at < end) {
		char *comma = memchr(at, ',', (size_t)(end - at));
		char *stop = comma ? comma : end;

		if (!read_pair(snapshot, at, (int)(stop - at), tags, count))
			return false;
		at = stop + 1;
	}
	return true;
}

void collect_attributes(struct snapshot *snapshot,
			const struct segment_image *image,
			struct telemetry_process *process)
{
	struct telemetry_tag *tags;
	uint32_t length;
	const char *text =
		segment_text(image, image->header->attributes, &length);
	size_t count = 0;
	char *copy;

	process->attributes = NULL;
	process->attribute_count = 0;
	if (length == 0 || length > TEXT_MAX)
		return;
	copy = pool_alloc(&snapshot->pool, length);
	tags = pool_alloc(&snapshot->pool,
			  count_pairs(text, length) * sizeof(*tags));
	if (!copy || !tags)
		return;
	memcpy(copy, text, length);
	if (!read_all(snapshot, copy, length, tags, &count))
		return;
	process->attributes = tags;
	process->attribute_count = count;
}
