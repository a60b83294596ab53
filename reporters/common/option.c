/*
 * option.c - values of options, as text.
 *
 * No locale, no signs, no blanks: what is not exactly a value is none.
 */
#include "common/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int option_text(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* The digits at the beginning; where they end, NULL if there are none or too
 * many. */
static const char *digits(uint64_t *number, const char *value)
{
	const char *s = value;

	for (*number = 0; *s >= '0' && *s <= '9'; s++)
		*number = *number * 10 + (uint64_t)(*s - '0');
	return s == value || s - value > 18 ? NULL : s;
}

int option_number(uint64_t *to, const char *value, uint64_t min, uint64_t max)
{
	uint64_t number;
	const char *end = digits(&number, value);

	if (!end || *end || number < min || number > max)
		return -EINVAL;
	*to = number;
	return 0;
}

int option_size(uint64_t *to, const char *value, uint64_t min, uint64_t max)
{
	static const char units[] = "KMG";
	uint64_t number;
	const char *end = digits(&number, value), *unit;
	int shift = 0;

	if (end && *end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return -EINVAL;
		shift = (int)(unit - units + 1) * 10;
	}
	if (!end || number > max >> shift || number << shift < min)
		return -EINVAL;
	*to = number << shift;
	return 0;
}

int option_flag(bool *to, const char *value)
{
	bool is_true = !strcmp(value, "true");

	if (!is_true && strcmp(value, "false") != 0)
		return -EINVAL;
	*to = is_true;
	return 0;
}

int option_path(char **to, const char *value)
{
	return value[0] == '/' ? option_text(to, value) : -EINVAL;
}

int option_word(unsigned int *to, const char *value, const char *const *words)
{
	unsigned int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(words[i], value)) {
			*to = i;
			return 0;
		}
	}
	return -EINVAL;
}
