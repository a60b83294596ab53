/*
 * line.h - one value as a line of StatsD or DogStatsD.
 *
 * Nothing that stands in a name, a tag or a value can begin another field or
 * another line.
 */
#ifndef REPORTERS_STATSD_LINE_H
#define REPORTERS_STATSD_LINE_H

#include "common/text.h"

#include <telemetry/reporter.h>

/* What the value is to its metric, and so how it is written:
 *                          plain                 DogStatsD */
enum line_kind {
	LINE_COUNTER,	     /* n|c                   n|c */
	LINE_SUM,	     /* +n|g, -n|g            n|c */
	LINE_SUM_AS_COUNTER, /* n|c, not if negative  n|c */
	LINE_LAST_VALUE,     /* n|g                   n|g */
	LINE_SUMMARY,	     /* n|ms                  n|h */
	LINE_DISTRIBUTION,   /* n|ms                  n|d */
};

/* A tag without a value. */
enum line_empty {
	LINE_DROP, /* no line at all */
	LINE_KEEP, /* an empty value; plain: as LINE_DROP */
	LINE_OMIT, /* the line without that tag */
	LINE_NONE, /* "none" instead */
};

struct line_style {
	bool datadog;
	const char *prefix; /* "" if none */
	/* They stand in for tags that an event does not have; `always`: they
	 * are added where they are no tags of the metric (DogStatsD). */
	const struct telemetry_tag *tags;
	size_t tag_count;
	bool always;
	enum line_empty empty;
	int decimals;  /* plain: of other than whole numbers, 0 to 9 */
	bool absolute; /* plain: -n|g would subtract: 0|g comes first */
};

struct line_value {
	enum line_kind kind;
	const char *name;
	double value;
	double rate; /* of sampling; 1: all */
	const struct telemetry_tag *tags;
	size_t tag_count;
};

/* Adds the line (two of them for a negative gauge), without "\n" at its end.
 * False: there is none to send, and nothing was added. */
bool line_put(struct text *out, const struct line_style *style,
	      const struct line_value *value);

#endif
