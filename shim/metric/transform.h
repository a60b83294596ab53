/*
 * transform.h - the text of a tag made out of another one: by a regular
 * expression or by templates of paths.
 *
 * Made when a metric is defined and not changed after that; applied on the
 * host's threads in memory that the caller has.
 */
#ifndef SHIM_METRIC_TRANSFORM_H
#define SHIM_METRIC_TRANSFORM_H

#include "base/buf.h"
#include "base/compiler.h"
#include "event/symbol.h"

#define TRANSFORM_INPUT_MAX 1024 /* bytes that are looked at */
#define TRANSFORM_RESULT_MAX 255 /* bytes; the rest is cut off */

enum transform_kind {
	TRANSFORM_REPLACE = 1, /* the first match is replaced in the text */
	TRANSFORM_MATCH,       /* the replacement alone; "" without a match */
	TRANSFORM_TEMPLATE,    /* the template that matches; "" if none does */
	TRANSFORM_GUESS,       /* the same, else template_guess() */
};

/*
 * A transform as one text, so that definitions with the same one are equal:
 * its kind as one byte, then its arguments, each with a NUL behind it.  Pattern
 * and replacement ($0 the match, $1 to $9 its groups, $$ a dollar), or the
 * templates.
 */
#define TRANSFORM_SPEC_MAX 1024

struct transform;

/* NULL: *why says what is wrong with which argument (from 0) at which byte, or
 * there is no memory.  Under the guard. */
struct transform *transform_new(const char *spec, size_t length,
				const char **why, size_t *argument, size_t *at);
void transform_free(struct transform *transform);

/* Bytes that transform_apply() needs for itself, aligned to 2. */
size_t transform_room(const struct transform *transform);
void transform_apply(const struct transform *transform, const char *text,
		     size_t length, void *room, struct buf *result);

#endif
