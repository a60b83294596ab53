/*
 * tag_set.h - a tag set with keys of its own, as a function of the program
 * gives it.
 */
#ifndef SHIM_METRIC_TAG_SET_H
#define SHIM_METRIC_TAG_SET_H

#include "base/compiler.h"
#include "metric/extract.h"

struct tag_set {
	uint64_t hash;
	uint32_t count;
	const struct symbol *keys[METRIC_TAGS_MAX]; /* in order of texts */
	struct tag_text texts[METRIC_TAGS_MAX];
};

/* Borrowed from the fields; the order of keys does not matter, of equal ones
 * the first counts.  False: a key is malformed or cannot be kept; counted. */
bool tag_set_make(struct tag_set *set, const struct metric *metric,
		  const struct telemetry_field *fields, uint32_t count);

#endif
