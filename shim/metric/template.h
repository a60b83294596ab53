/*
 * template.h - paths with the parts that differ from request to request taken
 * out: the value of a tag must not have a number of texts without end.
 *
 * A template is a path in which a segment that begins with ':' stands for any
 * one that is not empty: "/users/:id/orders/:n".  A last segment "*" stands
 * for the rest, be it empty.  What stands behind the first '?' or '#' of the
 * path, and a slash at its end, count for nothing.
 */
#ifndef SHIM_METRIC_TEMPLATE_H
#define SHIM_METRIC_TEMPLATE_H

#include "base/buf.h"
#include "base/compiler.h"

/* NULL if that is a template, else what is wrong. */
const char *template_check(const char *text, size_t length);

bool template_matches(const char *text, size_t length, const char *path,
		      size_t path_length);

/* The path with each segment that is a number as :n, a UUID as :uuid, or eight
 * and more hexadecimal digits, one of them decimal, as :hex. */
void template_guess(struct buf *out, const char *path, size_t length);

#endif
