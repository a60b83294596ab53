/*
 * rows.h - the samples of one metric and one process, in order of weight.
 */
#ifndef REPORTERS_CONSOLE_ROWS_H
#define REPORTERS_CONSOLE_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <telemetry/reporter.h>

struct rows {
	const struct telemetry_sample **samples;
	size_t count;
};

/* The heaviest first: by value (the sum of a summary, the count of a counter),
 * then by tags, so that the order is the same each time.  Empty if there is no
 * such metric.  Freed with rows_free(). */
struct rows rows_of(const struct telemetry_snapshot *snapshot,
		    const char *metric, uint32_t process);
void rows_free(struct rows *rows);

/* Sum of the values; 0 if there are none. */
double rows_total(const struct telemetry_snapshot *snapshot, const char *metric,
		  uint32_t process);
/* Those with this value of a tag only. */
double rows_total_tagged(const struct telemetry_snapshot *snapshot,
			 const char *metric, uint32_t process, const char *key,
			 const char *value);

/* Value of a tag, "" if the sample has none. */
const char *rows_tag(const struct telemetry_sample *sample, const char *key);

#endif
