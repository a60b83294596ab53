/*
 * list.h - comma separated lists and globs in values of variables.
 */
#ifndef SHIM_RUNTIME_LIST_H
#define SHIM_RUNTIME_LIST_H

#include "base/compiler.h"

/* Calls fn for every item of a comma separated list, without blanks around it;
 * empty ones are left out. */
void list_each(const char *list,
	       void (*fn)(const char *item, size_t length, void *arg),
	       void *arg);

/* Does the text match a glob ('*' any number of characters, '?' one)? */
bool list_glob(const char *pattern, size_t length, const char *text);

/* Is text[0..length) this word? */
bool list_is_word(const char *text, size_t length, const char *word);

#endif
