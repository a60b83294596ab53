/*
 * series.h - what each series was at the last report, and so what is new.
 */
#ifndef REPORTERS_STATSD_SERIES_H
#define REPORTERS_STATSD_SERIES_H

#include <stdbool.h>
#include <telemetry/reporter.h>

struct series {
	uint64_t key[2]; /* hash of name, process and tags */
	uint64_t count;
	double value;
	uint64_t *buckets; /* bucket_count of them, or NULL */
	size_t bucket_count;
	unsigned int seen; /* number of the report */
};

/* Zeroed at first. */
struct series_table {
	struct series *list;
	size_t size, used; /* size: 0 or a power of two */
	unsigned int report;
};

/* What has come since the last report; deltas are never negative but those of a
 * sum that may fall. */
struct series_delta {
	uint64_t count;
	double value;
	uint64_t *buckets; /* in the table's hands; NULL: none */
};

/* A report begins. */
void series_begin(struct series_table *table);
/* Takes the sample in.  `baseline`: what is in it has been reported by somebody
 * else; nothing is new.  False: no memory. */
bool series_update(struct series_table *table,
		   const struct telemetry_process *process,
		   const struct telemetry_metric *metric,
		   const struct telemetry_sample *sample, bool baseline,
		   struct series_delta *delta);
/* It ends: series that have not been seen for a while are forgotten. */
void series_end(struct series_table *table, bool is_partial);
void series_free(struct series_table *table);

#endif
