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

#define EACH(byte) (0x0101010101010101u * (byte))

/* Is there a byte 0 in the word? */
static bool has_zero(uint64_t word)
{
	return (word - EACH(1)) & ~word & EACH(0x80);
}

/* Eight characters from ' ' to '~', without '"' and '\\'? */
static bool are_plain(uint64_t word)
{
	return !(word & EACH(0x80)) && !((word - EACH(' ')) & EACH(0x80)) &&
	       !has_zero(word ^ EACH(0x7f)) && !has_zero(word ^ EACH('"')) &&
	       !has_zero(word ^ EACH('\\'));
}

/* What nearly every text is. */
bool json_is_plain(const char *string, size_t length)
{
	uint64_t word = EACH(' ');
	size_t i;

	for (i = 0; i + sizeof(word) <= length; i += sizeof(word)) {
		memcpy(&word, string + i, sizeof(word));
		if (!are_plain(word))
			return false;
	}
	if (i == length)
		return true;
	word = EACH(' ');
	memcpy(&word, string + i, length - i);
	return are_plain(word);
}

static bool put_quoted(struct text *out, const char *string, size_t length)
{
	char *to;

	if (!text_reserve(out, length + 2))
		return false;
	to = out->data + out->length;
	to[0] = '"';
	memcpy(to + 1, string, length);
	to[length + 1] = '"';
	out->length += length + 2;
	return false;
}

bool json_text(struct text *out, const char *string, size_t limit)
{
	size_t whole = strlen(string);
	const char *s = string;
	bool is_cut = false;

	separate(out);
	if (whole <= limit && json_is_plain(string, whole))
		return put_quoted(out, string, whole);
	text_char(out, '"');
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
	int i;

	separate(out);
	text_char(out, '"');
	for (i = 0; i < count; i++)
		text_hex(out, words[i]);
	text_char(out, '"');
}

/* Of days since the epoch, in years that begin with March, so that the day that
 * comes now and then is their last: 400 of them are 146,097 days.  "2026-11-21"
 */
static void put_date(char to[10], uint64_t days)
{
	uint64_t since = days + 719468; /* 0000-03-01 */
	uint64_t day = since % 146097;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += since / 146097 * 400 + (month >= 10);
	text_put_pair(to, year / 100);
	text_put_pair(to + 2, year % 100);
	to[4] = to[7] = '-';
	text_put_pair(to + 5, month < 10 ? month + 3 : month - 9);
	text_put_pair(to + 8, day + 1);
}

void json_time(struct text *out, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000, rest = ns % 1000000000;
	uint64_t of_day = seconds % 86400;
	char time[] = "\"0000-00-00T00:00:00.000000000Z\"";
	int i;

	put_date(time + 1, seconds / 86400);
	text_put_pair(time + 12, of_day / 3600);
	text_put_pair(time + 15, of_day / 60 % 60);
	text_put_pair(time + 18, of_day % 60);
	for (i = 28; i > 21; i -= 2, rest /= 100)
		text_put_pair(time + i, rest % 100);
	time[21] = (char)('0' + rest);
	separate(out);
	text_bytes(out, time, sizeof(time) - 1);
}
