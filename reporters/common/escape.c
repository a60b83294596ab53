/*
 * escape.c - bytes of a host on somebody's terminal.
 *
 * Lets through printable ASCII and well-formed UTF-8 that is neither a control
 * character nor a change of direction; shows everything else as its bytes.
 */
#include "common/text.h"
#include "common/utf8.h"

#include <string.h>

bool text_is_harmless(uint32_t c)
{
	return c >= 0x20 && c != '\\' && !(c >= 0x7f && c < 0xa0) &&
	       c != 0x061c && c != 0xfeff && !(c >= 0x200b && c <= 0x200f) &&
	       !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f);
}

/* What stands for one byte; *length of its four at most. */
static void escape(char out[4], unsigned char byte, size_t *length)
{
	static const char hex[] = "0123456789abcdef";
	static const char from[] = "\n\t\r\\", to[] = "ntr\\";
	const char *known = byte ? strchr(from, byte) : NULL;

	out[0] = '\\';
	out[1] = known ? to[known - from] : 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	*length = known ? 2 : 4;
}

/* One character of the source; the columns that it takes. */
static size_t put(struct text *text, const char **s, bool quoted)
{
	uint32_t character;
	size_t length = utf8_decode(*s, &character);
	char out[4];

	if (length && text_is_harmless(character) && !(quoted && **s == '"')) {
		text_bytes(text, *s, length);
		*s += length;
		return 1;
	}
	if (quoted && **s == '"') {
		text_str(text, "\\\"");
		length = 2;
	} else {
		escape(out, (unsigned char)**s, &length);
		text_bytes(text, out, length);
	}
	++*s;
	return length;
}

void text_plain(struct text *text, const char *string, size_t columns)
{
	const char *s = string;
	size_t used = 0, fits = text->length;

	while (*s && used <= columns) {
		if (used + 3 <= columns)
			fits = text->length;
		used += put(text, &s, false);
	}
	if (used <= columns)
		return;
	if (!text->failed)
		text->length = fits;
	text_str(text, "...");
}

void text_quoted(struct text *text, const char *string)
{
	const char *s = string;
	bool quoted = !*s || strpbrk(string, " \"=") != NULL;

	if (quoted)
		text_char(text, '"');
	while (*s)
		put(text, &s, quoted);
	if (quoted)
		text_char(text, '"');
}
