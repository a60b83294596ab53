/*
 * text.h - growing text for reporters.
 *
 * Numbers look the same in every locale.  Out of memory: what does not fit is
 * left out and `failed` is set; nobody has to check each call.
 */
#ifndef REPORTERS_COMMON_TEXT_H
#define REPORTERS_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *data; /* not terminated */
	size_t length, size;
	size_t line; /* where the last line begins */
	bool failed;
};

void text_free(struct text *text);
/* Of text_reserve(): more memory. */
bool text_grow(struct text *text, size_t more);

/* Is there room for `more` bytes behind data[length]? */
static inline bool text_reserve(struct text *text, size_t more)
{
	return text->size - text->length >= more ? !text->failed
						 : text_grow(text, more);
}

static inline void text_bytes(struct text *text, const char *bytes,
			      size_t length)
{
	if (!length || !text_reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
}

static inline void text_str(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

static inline void text_char(struct text *text, char c)
{
	if (text_reserve(text, 1))
		text->data[text->length++] = c;
}

extern const char text_pairs[201]; /* "00" to "99" */

/* Two digits. */
static inline void text_put_pair(char to[2], uint64_t value)
{
	memcpy(to, text_pairs + value * 2, 2);
}

void text_u64(struct text *text, uint64_t value);
void text_i64(struct text *text, int64_t value);
void text_hex(struct text *text, uint64_t value); /* 16 digits */
/* With at least `width` digits. */
void text_digits(struct text *text, uint64_t value, int width);
/* With so many decimals, 0 to 9. */
void text_fixed(struct text *text, double value, int decimals);
/* Finite: the fewest digits that read back as the same double.  With an
 * exponent from 1e+N on, N being plain_below, and below 1e-04. */
void text_double(struct text *text, double value, int plain_below);
/* The same of ns / 1e9, faster. */
void text_seconds(struct text *text, uint64_t ns, int plain_below);
/* Three figures or more, with a unit: 12.3us, 1.50s; 512B, 3.41MiB. */
void text_duration(struct text *text, double seconds);
void text_size(struct text *text, double bytes);
/* As they are if they are harmless on a terminal; other characters as \n, \t,
 * \\ or \xNN.  Stops at `columns`, with "..." if something is left out. */
void text_plain(struct text *text, const char *string, size_t columns);
/* The same, in double quotes if there is a blank or a quote in it. */
void text_quoted(struct text *text, const char *string);

/* Neither a control character nor a change of direction nor a backslash. */
bool text_is_harmless(uint32_t character);

/* Blanks up to a column of the current line, counted from 0. */
void text_column(struct text *text, size_t column);
/* Moves what was added since `from` (a former length) to the right, so that it
 * ends at `column`. */
void text_right(struct text *text, size_t from, size_t column);
void text_newline(struct text *text);

#endif
