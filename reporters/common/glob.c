/*
 * glob.c - names chosen by a comma separated list of globs.
 */
#include "common/glob.h"

#include <stddef.h>
#include <string.h>

static bool matches(const char *pattern, size_t length, const char *text)
{
	const char *end = pattern + length, *star = NULL, *resume = NULL;

	while (*text) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (pattern < end && *pattern == *text) {
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

bool glob_chooses(const char *list, const char *name)
{
	bool chosen;

	list += strspn(list, ", \t");
	chosen = *list == '-';
	while (*list) {
		size_t length = strcspn(list, ", \t");
		bool removes = *list == '-';

		if (matches(list + removes, length - removes, name))
			chosen = !removes;
		list += length;
		list += strspn(list, ", \t");
	}
	return chosen;
}
