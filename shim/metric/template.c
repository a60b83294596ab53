/*
 * template.c - see template.h.  One pass over the path for each template.
 */
#include "metric/template.h"

#include <string.h>

#define HEX_LEAST 8

/* The next segment; *text is moved behind its slash.  False: there is none. */
static bool next_segment(const char **text, const char *end,
			 const char **segment, size_t *length)
{
	const char *slash;

	if (*text > end)
		return false;
	slash = *text < end ? memchr(*text, '/', (size_t)(end - *text)) : NULL;
	*segment = *text;
	*length = (size_t)((slash ? slash : end) - *text);
	*text += *length + 1;
	return true;
}

/* Without query, fragment and a last slash; the root stays. */
static size_t path_length(const char *path, size_t length)
{
	size_t i;

	for (i = 0; i < length && path[i] != '?' && path[i] != '#'; i++)
		;
	return i > 1 && path[i - 1] == '/' ? i - 1 : i;
}

const char *template_check(const char *text, size_t length)
{
	const char *at = text, *end = text + length, *segment;
	size_t segment_length;

	if (length == 0)
		return "is empty";
	if (path_length(text, length) != length)
		return "has a '?', a '#' or a slash at its end";
	while (next_segment(&at, end, &segment, &segment_length)) {
		if (segment_length == 1 && *segment == ':')
			return "has a ':' without a name";
		if (segment_length == 1 && *segment == '*' && at <= end)
			return "has a '*' before its end";
	}
	return NULL;
}

bool template_matches(const char *text, size_t length, const char *path,
		      size_t given)
{
	const char *end = text + length, *path_end, *want, *have;
	size_t want_length, have_length;

	path_end = path + path_length(path, given);
	while (next_segment(&text, end, &want, &want_length)) {
		if (want_length == 1 && *want == '*')
			return true;
		if (!next_segment(&path, path_end, &have, &have_length))
			return false;
		if (want_length > 1 && *want == ':') {
			if (have_length == 0)
				return false;
		} else if (want_length != have_length ||
			   memcmp(want, have, have_length) != 0) {
			return false;
		}
	}
	return path > path_end;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_uuid(const char *text, size_t length)
{
	size_t i;

	if (length != 36)
		return false;
	for (i = 0; i < length; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !is_hex(text[i]))
			return false;
	}
	return true;
}

/* What stands for a segment of that kind; NULL: the segment itself. */
static const char *kind_of(const char *text, size_t length)
{
	size_t decimal = 0, hex = 0, i;

	if (is_uuid(text, length))
		return ":uuid";
	for (i = 0; i < length; i++) {
		decimal += text[i] >= '0' && text[i] <= '9';
		hex += is_hex(text[i]);
	}
	if (length > 0 && decimal == length)
		return ":n";
	if (length >= HEX_LEAST && hex == length && decimal > 0)
		return ":hex";
	return NULL;
}

void template_guess(struct buf *out, const char *path, size_t length)
{
	const char *end = path + path_length(path, length), *at = path;
	const char *segment;
	size_t segment_length;

	while (next_segment(&at, end, &segment, &segment_length)) {
		const char *kind = kind_of(segment, segment_length);

		if (segment > path)
			buf_char(out, '/');
		if (kind)
			buf_str(out, kind);
		else
			buf_bytes(out, segment, segment_length);
	}
}
