/*
 * prometheus_names.h - Prometheus' names for metrics, units and labels.
 */
#ifndef REPORTERS_COMMON_PROMETHEUS_NAMES_H
#define REPORTERS_COMMON_PROMETHEUS_NAMES_H

#include "common/text.h"

#include <telemetry/reporter.h>

enum family_type {
	FAMILY_COUNTER,
	FAMILY_GAUGE,
	FAMILY_SUMMARY,
	FAMILY_HISTOGRAM,
	FAMILY_INFO
};

enum family_type names_type(const struct telemetry_metric *metric);

/* The name of the family, terminated: db.query.duration in s is
 * db_query_duration_seconds.  That of a counter is without its _total. */
void names_family(struct text *out, const struct telemetry_metric *metric);

/* The word for a unit ("s": "seconds"), terminated; "" for none.  A ratio is
 * one of gauges only. */
void names_unit(struct text *out, const char *unit, enum family_type type);

/* [a-zA-Z_][a-zA-Z0-9_]*, terminated; what does not belong there is one _. */
void names_label(struct text *out, const char *key);

#endif
