/*
 * json.c - JSON for reporters.
 *
 * Whether a comma is due is seen from the last byte written: no value ends with
 * an opening bracket, a colon or the end of a line.
 */
#include "common/json.h"

#include "common/utf8.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"

static void separate(struct text *out)
{
	if (!out->length)
		return;
	switch (out->data[out->length - 1]) {
	case '{':
	case '[':
	case ':':
	case '\n':
		return;
	}
	text_char(out, ',');
}

void json_open(struct text *out, char bracket)
{
	separate(out);
	text_char(out, bracket);
}

void json_close(struct text *out, char bracket)
{
	text_char(out, bracket);
}

static void escape(struct text *out, uint32_t character)
{
	static const char from[] = "\b\f\n\r\t\\\"", to[] = "bfnrt\\\"";
	const char *known = character && character < 128
				    ? strchr(from, (int)character)
				    : NULL;
	int shift;

	text_char(out, '\\');
	if (known) {
		text_char(out, to[known - from]);
		return;
	}
	text_char(out, 'u');
	/* What is not harmless is below U+10000. */
	for (shift = 12; shift >= 0; shift -= 4)
		text_char(out, "0123456789abcdef"[character >> shift & 15]);
}

/* How much of a string, up to `limit`, goes as it is without being looked at
 * character by character: what nearly all of it is. */
static size_t plain(const char *string, size_t limit)
{
	size_t i = 0;

	while (i < limit && string[i] >= ' ' && string[i] <= '~' &&
	       string[i] != '"' && string[i] != '\\')
		i++;
	return i;
}

bool json_text(struct text *out, const char *string, size_t limit)
{
	const char *s = string + plain(string, limit);
	bool is_cut = false;

	separate(out);
	text_char(out, '"');
	text_bytes(out, string, (size_t)(s - string));
	while (*s && !is_cut) {
		uint32_t character;
		size_t length = utf8_decode(s, &character);

		is_cut = (size_t)(s - string) + (length ? length : 1) > limit;
		if (is_cut)
			text_str(out, ELLIPSIS);
		else if (!length)
			text_str(out, REPLACEMENT);
		else if (text_is_harmless(character) && character != '"')
			text_bytes(out, s, length);
		else
			escape(out, character);
		s += length ? length : 1;
	}
	text_char(out, '"');
	return is_cut;
}

void json_key(struct text *out, const char *key)
{
	json_text(out, key, JSON_WHOLE);
	text_char(out, ':');
}

void json_bool(struct text *out, bool value)
{
	separate(out);
	text_str(out, value ? "true" : "false");
}

void json_u64(struct text *out, uint64_t value)
{
	separate(out);
	text_u64(out, value);
}

void json_i64(struct text *out, int64_t value)
{
	separate(out);
	text_i64(out, value);
}

void json_double(struct text *out, double value)
{
	separate(out);
	if (isfinite(value))
		text_double(out, value, 17);
	else
		text_str(out, isnan(value) ? "\"NaN\""
			      : value < 0  ? "\"-Infinity\""
					   : "\"Infinity\"");
}

void json_seconds(struct text *out, uint64_t ns)
{
	separate(out);
	text_seconds(out, ns, 17);
}

void json_u64_text(struct text *out, uint64_t value)
{
	separate(out);
	text_char(out, '"');
	text_u64(out, value);
	text_char(out, '"');
}

void json_i64_text(struct text *out, int64_t value)
{
	separate(out);
	text_char(out, '"');
	text_i64(out, value);
	text_char(out, '"');
}

void json_id(struct text *out, const uint64_t *words, int count)
{
	char digits[16];
	int i, at;

	separate(out);
	text_char(out, '"');
	for (i = 0; i < count; i++) {
		for (at = 0; at < 16; at++)
			digits[at] =
				"0123456789abcdef"[words[i] >> (60 - 4 * at) &
						   15];
		text_bytes(out, digits, sizeof(digits));
	}
	text_char(out, '"');
}

void json_time(struct text *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;

	separate(out);
	gmtime_r(&seconds, &tm);
	text_char(out, '"');
	text_digits(out, (uint64_t)(tm.tm_year + 1900), 4);
	text_char(out, '-');
	text_digits(out, (uint64_t)(tm.tm_mon + 1), 2);
	text_char(out, '-');
	text_digits(out, (uint64_t)tm.tm_mday, 2);
	text_char(out, 'T');
	text_digits(out, (uint64_t)tm.tm_hour, 2);
	text_char(out, ':');
	text_digits(out, (uint64_t)tm.tm_min, 2);
	text_char(out, ':');
	text_digits(out, (uint64_t)tm.tm_sec, 2);
	text_char(out, '.');
	text_digits(out, ns % 1000000000, 9);
	text_str(out, "Z\"");
}
