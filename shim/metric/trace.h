/*
 * trace.h - what each metric takes from each event, for a person who wonders.
 *
 * Off, it costs nothing: metrics subscribe another handler when it is on.  Each
 * metric of an event becomes an occurrence of telemetry.metric.take, which is
 * for the recorder alone and is executed for nobody else:
 *
 *   measurement  value    in the unit of the result; not for counters
 *   metadata     event_name, metric, type, measurement ("[via fn]" if a
 *                function gives it), unit, tags (k="v", ...), skipped (why
 *                nothing was taken; then there is neither value nor tags)
 */
#ifndef SHIM_METRIC_TRACE_H
#define SHIM_METRIC_TRACE_H

#include "base/compiler.h"
#include "metric/extract.h"
#include "metric/tag_set.h"

/* Before metrics are defined, under the guard.  sink: under the guard, may not
 * block. */
void trace_start(void (*sink)(const struct occurrence *occurrence));
bool trace_is_on(void);

/* Handler, in place of the usual one. */
void trace_on_event(const struct occurrence *occurrence, void *config);

/* extract_measure(), and says so if there is none. */
bool trace_measure(struct attachment *attachment,
		   const struct occurrence *occurrence,
		   struct measure *measure);
/* The value was taken, with the tags of the occurrence or those of the set. */
void trace_take(struct attachment *attachment,
		const struct occurrence *occurrence,
		const struct measure *measure, const struct tag_set *set);
void trace_skip(struct attachment *attachment,
		const struct occurrence *occurrence, const char *why);
/* No number could be made of the value. */
void trace_no_number(struct attachment *attachment,
		     const struct occurrence *occurrence,
		     const struct telemetry_value *value);

#endif
