/*
 * text.c - growing text for reporters: bytes, numbers, columns.
 *
 * What of a host's bytes is harmless is in escape.c.
 */
#include "common/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 1024;
	char *data;

	if (text->failed)
		return false;
	while (size - text->length < more)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

static inline bool reserve(struct text *text, size_t more)
{
	return text->size - text->length >= more ? !text->failed
						 : grow(text, more);
}

void text_free(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

void text_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!length || !reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
}

void text_str(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void text_char(struct text *text, char c)
{
	if (reserve(text, 1))
		text->data[text->length++] = c;
}

void text_digits(struct text *text, uint64_t value, int width)
{
	char digits[20];
	int at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value || (int)sizeof(digits) - at < width);
	text_bytes(text, digits + at, sizeof(digits) - (size_t)at);
}

void text_u64(struct text *text, uint64_t value)
{
	text_digits(text, value, 1);
}

void text_i64(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_u64(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void text_hex(struct text *text, uint64_t value)
{
	int shift;

	for (shift = 60; shift >= 0; shift -= 4)
		text_char(text, "0123456789abcdef"[value >> shift & 15]);
}

void text_fixed(struct text *text, double value, int decimals)
{
	uint64_t scale = 1, number;
	int i;

	if (!isfinite(value)) {
		text_str(text, isnan(value) ? "nan"
			       : value < 0  ? "-inf"
					    : "inf");
		return;
	}
	for (i = 0; i < decimals; i++)
		scale *= 10;
	if (value < 0) {
		text_char(text, '-');
		value = -value;
	}
	/* Beyond that there are no decimals in a double worth showing. */
	if (value * (double)scale >= 9e18) {
		text_str(text, value < 9e18 ? "" : ">=");
		text_u64(text,
			 value < 9e18 ? (uint64_t)value : 9000000000000000000u);
		return;
	}
	number = (uint64_t)(value * (double)scale + 0.5);
	text_u64(text, number / scale);
	if (decimals) {
		text_char(text, '.');
		text_digits(text, number % scale, decimals);
	}
}

static void three_figures(struct text *text, double value, const char *unit)
{
	text_fixed(text, value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
	text_str(text, unit);
}

void text_duration(struct text *text, double seconds)
{
	if (seconds < 999.5e-9)
		text_fixed(text, seconds * 1e9, 0), text_str(text, "ns");
	else if (seconds < 999.5e-6)
		three_figures(text, seconds * 1e6, "us");
	else if (seconds < 999.5e-3)
		three_figures(text, seconds * 1e3, "ms");
	else
		three_figures(text, seconds, "s");
}

void text_size(struct text *text, double bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	if (bytes < 1024 && bytes > -1024) {
		text_fixed(text, bytes, 0);
		text_char(text, 'B');
		return;
	}
	if (bytes < 0) {
		text_char(text, '-');
		bytes = -bytes;
	}
	for (bytes /= 1024; bytes >= 1024 && i < 3; i++)
		bytes /= 1024;
	three_figures(text, bytes, units[i]);
}

void text_column(struct text *text, size_t column)
{
	while (text->length - text->line < column && !text->failed)
		text_char(text, ' ');
}

void text_right(struct text *text, size_t from, size_t column)
{
	size_t used = text->length - text->line;
	size_t blanks = used < column ? column - used : 0;

	if (!blanks || !reserve(text, blanks))
		return;
	memmove(text->data + from + blanks, text->data + from,
		text->length - from);
	memset(text->data + from, ' ', blanks);
	text->length += blanks;
}

void text_newline(struct text *text)
{
	while (text->length > text->line && text->data[text->length - 1] == ' ')
		text->length--;
	text_char(text, '\n');
	text->line = text->length;
}
