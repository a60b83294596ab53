/*
 * list.c - comma separated lists and globs in values of variables.
 *
 * Knows nothing of what the items mean.
 */
#include "runtime/list.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

void list_each(const char *list,
	       void (*fn)(const char *item, size_t length, void *arg),
	       void *arg)
{
	for (; *list; list += *list == ',') {
		const char *item = list;
		size_t length;

		list += strcspn(list, ",");
		length = (size_t)(list - item);
		while (length && is_blank(*item))
			item++, length--;
		while (length && is_blank(item[length - 1]))
			length--;
		if (length)
			fn(item, length, arg);
	}
}

bool list_glob(const char *pattern, size_t length, const char *text)
{
	const char *end = pattern + length;
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (pattern < end &&
			   (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

bool list_is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(text, word, length) == 0;
}
