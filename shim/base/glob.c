/* glob.c - see glob.h. */
#include "base/glob.h"

#include <string.h>

/* What stands behind the last star has no choice. */
static bool ends_with(const char *text, const char *text_end,
		      const char *pattern, const char *end)
{
	size_t length = (size_t)(end - pattern);

	return length <= (size_t)(text_end - text) &&
	       memcmp(text_end - length, pattern, length) == 0;
}

bool glob_match(const char *pattern, size_t pattern_length, const char *text,
		size_t text_length)
{
	const char *end = pattern + pattern_length;
	const char *text_end = text + text_length;
	const char *star = NULL, *resume = NULL;

	while (text < text_end || pattern < end) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			resume = text;
			if (!memchr(star, '*', (size_t)(end - star)))
				return ends_with(text, text_end, star, end);
		} else if (pattern < end && text < text_end &&
			   *pattern == *text) {
			pattern++;
			text++;
		} else if (star && resume < text_end) {
			/* The star takes one more. */
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	return true;
}

bool glob_is_pattern(const char *name, size_t length)
{
	return memchr(name, '*', length) != NULL;
}

static bool separates(char c)
{
	return c == ',' || c == ' ' || c == '\t';
}

const char *glob_next(const char **rest, size_t *length, bool *removes)
{
	const char *item = *rest, *end;

	while (separates(*item))
		item++;
	if (*item == '\0')
		return NULL;
	*removes = *item == '-';
	item += *removes;
	for (end = item; *end && !separates(*end);)
		end++;
	*length = (size_t)(end - item);
	*rest = end;
	return item;
}
