/*
 * console.h - what the parts of the console reporter share.
 */
#ifndef REPORTERS_CONSOLE_CONSOLE_H
#define REPORTERS_CONSOLE_CONSOLE_H

#include "common/text.h"

#include <stdbool.h>
#include <telemetry/reporter.h>

#define CONSOLE_WIDTH 100 /* columns of a summary */

/* Adds the summary of a snapshot to `out`: each program with its spans, its
 * slowest queries, failed calls, heap and drops; `top` lines of each kind. */
void summary_write(struct text *out, const struct telemetry_snapshot *snapshot,
		   size_t top);

/* Adds a line for each start and each end of a span and for each event whose
 * name one of the globs chooses, in order of time.  `metrics`: below it one for
 * each metric that it concerns. */
void events_write(struct text *out, const struct telemetry_batch *batch,
		  const char *globs, bool metrics);

/* Is the record about what a metric took from an event? */
bool take_is_one(const struct telemetry_record *record);
/* Of which event; "" if it does not say. */
const char *take_event(const struct telemetry_record *record);
void take_write(struct text *out, const struct telemetry_record *record);

/* The part of a path behind the last '/'. */
const char *console_base_name(const char *path);

#endif
