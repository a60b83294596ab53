/*
 * options.h - the options of a metric definition.
 */
#ifndef SHIM_METRIC_OPTIONS_H
#define SHIM_METRIC_OPTIONS_H

#include "base/compiler.h"
#include "metric/metric.h"
#include "metric/scan.h"

enum option {
	OPTION_EVENT,
	OPTION_SPAN,
	OPTION_MEASUREMENT,
	OPTION_TAGS,
	OPTION_UNIT,
	OPTION_BUCKETS,
	OPTION_DESCRIPTION,
	OPTION_MAX_SERIES,
	OPTION_UP_DOWN,
	OPTIONS,
};

/* Reads "option = value" into the definition and its bit into *seen.  False:
 * logged. */
bool option_parse(struct scan *scan, struct metric_definition *definition,
		  uint32_t *seen);

/* Dotted segments of [A-Za-z0-9_], none of them empty; `extra` are further
 * characters that it may have. */
bool name_is_valid(struct word name, const char *extra);

/* Of option_lists.c: what stands behind the =. */
bool option_event(struct scan *scan, struct metric_definition *definition);
bool option_span(struct scan *scan, struct metric_definition *definition);
bool option_tags(struct scan *scan, struct metric_definition *definition);
bool option_buckets(struct scan *scan, struct metric_definition *definition);

#endif
