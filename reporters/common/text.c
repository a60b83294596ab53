/*
 * text.c - growing text for reporters: bytes, numbers, columns.
 *
 * What of a host's bytes is harmless is in escape.c.
 */
#include "common/text.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>

bool text_grow(struct text *text, size_t more)
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

void text_free(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

const char text_pairs[] = "00010203040506070809"
			  "10111213141516171819"
			  "20212223242526272829"
			  "30313233343536373839"
			  "40414243444546474849"
			  "50515253545556575859"
			  "60616263646566676869"
			  "70717273747576777879"
			  "80818283848586878889"
			  "90919293949596979899";

/* The last `count` digits, two at a time, into reserved bytes. */
static void put_last(struct text *text, uint64_t value, int count)
{
	char *begin = text->data + text->length, *to = begin + count;

	for (; to - begin >= 2; value /= 100)
		text_put_pair(to -= 2, value % 100);
	if (to > begin)
		*begin = (char)('0' + value % 10);
	text->length += (size_t)count;
}

void text_digits(struct text *text, uint64_t value, int width)
{
	uint64_t limit = 10;
	int count = 1;

	while (value >= limit && count < 19) {
		limit *= 10;
		count++;
	}
	count += value >= limit;
	if (count < width)
		count = width;
	if (text_reserve(text, (size_t)count))
		put_last(text, value, count);
}

void text_u64(struct text *text, uint64_t value)
{
	if (value < 10)
		text_char(text, (char)('0' + value));
	else
		text_digits(text, value, 1);
}

void text_i64(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_u64(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

/* Eight digits in a word, the first one in its highest byte: half a byte each,
 * then 'a' - '0' - 10 more for those above 9. */
static uint64_t hex_of(uint64_t half)
{
	uint64_t x = half, letters;

	x = (x | x << 16) & 0x0000ffff0000ffffu;
	x = (x | x << 8) & 0x00ff00ff00ff00ffu;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fu;
	letters = (x + 0x0606060606060606u) >> 4 & 0x0101010101010101u;
	return x + 0x3030303030303030u + letters * 39;
}

void text_hex(struct text *text, uint64_t value)
{
	uint64_t digits[2] = { htobe64(hex_of(value >> 32)),
			       htobe64(hex_of(value & UINT32_MAX)) };

	text_bytes(text, (const char *)digits, sizeof(digits));
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

	if (!blanks || !text_reserve(text, blanks))
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
