/*
 * negotiate.c - what a client says that it takes (RFC 9110, section 12).
 */
#include "common/negotiate.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A piece of the header: not terminated. */
struct piece {
	const char *at;
	size_t length;
};

static struct piece trim(const char *at, size_t length)
{
	while (length && (*at == ' ' || *at == '\t')) {
		at++;
		length--;
	}
	while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
		length--;
	return (struct piece){ at, length };
}

/* The next one before `delimiter`, quoted strings left whole; false at the end.
 * *rest goes on behind it. */
static bool next(struct piece *rest, char delimiter, struct piece *piece)
{
	bool quoted = false;
	size_t i;

	if (!rest->length)
		return false;
	for (i = 0; i < rest->length; i++) {
		if (rest->at[i] == '"')
			quoted = !quoted;
		if (rest->at[i] == delimiter && !quoted)
			break;
	}
	*piece = trim(rest->at, i);
	i += i < rest->length;
	*rest = (struct piece){ rest->at + i, rest->length - i };
	return true;
}

static bool is(struct piece piece, const char *text)
{
	return piece.length == strlen(text) &&
	       !strncasecmp(piece.at, text, piece.length);
}

/* 0.75 is 750; what is no such number is 0. */
static int read_quality(struct piece text)
{
	int value = 0, scale = 1000;
	size_t i;

	if (!text.length || (*text.at != '0' && *text.at != '1') ||
	    (text.length > 1 && text.at[1] != '.') || text.length > 5)
		return 0;
	value = (*text.at - '0') * scale;
	for (i = 2; i < text.length; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		scale /= 10;
		value += (text.at[i] - '0') * scale;
	}
	return value > 1000 ? 0 : value;
}

/* The value of "name=value", without quotes; false if it is another name. */
static bool has_name(struct piece parameter, const char *name,
		     struct piece *value)
{
	size_t length = strlen(name);

	if (parameter.length <= length || parameter.at[length] != '=' ||
	    strncasecmp(parameter.at, name, length) != 0)
		return false;
	*value = (struct piece){ parameter.at + length + 1,
				 parameter.length - length - 1 };
	if (value->length >= 2 && *value->at == '"')
		*value = (struct piece){ value->at + 1, value->length - 2 };
	return true;
}

/* How much an element of the list wants it; -1: it is about something else. */
static int judge(struct piece element, const char *type, const char *version,
		 bool exact)
{
	struct piece range, parameter, value;
	size_t part = strcspn(type, "/") + 1;
	int quality = 1000;
	bool named;

	if (!next(&element, ';', &range))
		return -1;
	named = is(range, type);
	if (!named &&
	    (exact || !(is(range, "*/*") ||
			(range.length == part + 1 && range.at[part] == '*' &&
			 !strncasecmp(range.at, type, part)))))
		return -1;
	while (next(&element, ';', &parameter)) {
		if (has_name(parameter, "q", &value))
			quality = read_quality(value);
		else if (named && version &&
			 has_name(parameter, "version", &value) &&
			 !is(value, version))
			return -1;
	}
	return quality;
}

/* What names the type counts before what includes it. */
int negotiate_type(const char *accept, const char *type, const char *version,
		   bool exact)
{
	struct piece element;
	int best = -1, pass;

	for (pass = 0; accept && best < 0 && pass < (exact ? 1 : 2); pass++) {
		struct piece rest = { accept, strlen(accept) };

		while (next(&rest, ',', &element)) {
			int quality = judge(element, type, version, pass == 0);

			if (quality > best)
				best = quality;
		}
	}
	return best < 0 ? 0 : best;
}

bool negotiate_gzip(const char *accept_encoding)
{
	return negotiate_type(accept_encoding, "gzip", NULL, true) > 0;
}
