/*
 * regex.h - regular expressions for tags: searched on the host's threads, so
 * in linear time whatever the pattern and the text, and without allocation.
 *
 * Syntax, over bytes: literals, '.', [a-z] [^a-z], \d \w \s \D \W \S \b \B,
 * ^ $, (group) (?:group), a|b, and * + ? {n} {n,} {n,m}, each also lazy with
 * a '?' behind it.  '.' takes anything but a newline.  The leftmost match
 * counts, and of those the one that backtracking would find first, as in Perl
 * and Python.  No look-around and no back references: they have no such bound.
 */
#ifndef SHIM_METRIC_REGEX_H
#define SHIM_METRIC_REGEX_H

#include "base/compiler.h"

#define REGEX_CODE_MAX 256  /* steps of a compiled pattern */
#define REGEX_GROUPS_MAX 9  /* that are remembered */
#define REGEX_TEXT_MAX 1024 /* bytes that are looked at */

#define REGEX_SLOTS_MAX (2 * (REGEX_GROUPS_MAX + 1))
#define REGEX_NOWHERE UINT16_MAX

struct regex;

/* NULL: *why says what is wrong, *at where (bytes into the pattern); or there
 * is no memory.  Caller frees with regex_free().  Under the guard. */
struct regex *regex_new(const char *pattern, size_t length, const char **why,
			size_t *at);
void regex_free(struct regex *regex);
uint32_t regex_groups(const struct regex *regex);

/* Bytes that a search needs for itself. */
size_t regex_room(const struct regex *regex);
/* Of the match and of each group the begin and the end (REGEX_NOWHERE: took no
 * part).  False: no match.  room is aligned to 2. */
bool regex_search(const struct regex *regex, const char *text, size_t length,
		  void *room, uint16_t slots[REGEX_SLOTS_MAX]);

#endif
