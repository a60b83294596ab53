/*
 * glob.h - names chosen by a comma separated list of globs.
 */
#ifndef REPORTERS_COMMON_GLOB_H
#define REPORTERS_COMMON_GLOB_H

#include <stdbool.h>

/* '*' is any number of characters.  The last glob that matches decides; a
 * leading '-' makes it say no.  A list that begins with a '-' has everything
 * else. */
bool glob_chooses(const char *list, const char *name);

#endif
