/*
 * glob.h - patterns over dotted names: '*' is any number of characters, every
 * other character is itself.
 */
#ifndef SHIM_BASE_GLOB_H
#define SHIM_BASE_GLOB_H

#include "base/compiler.h"

bool glob_match(const char *pattern, size_t pattern_length, const char *text,
		size_t text_length);
bool glob_is_pattern(const char *name, size_t length);

/*
 * The next item of a list separated by commas and blanks, without its '-';
 * NULL at the end.  *removes says whether it had one: such an item takes away
 * what items before it have chosen.
 */
const char *glob_next(const char **rest, size_t *length, bool *removes);

#endif
