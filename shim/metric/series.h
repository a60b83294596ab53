/*
 * series.h - the tag sets that each metric has been seen with.
 *
 * Finding one takes no lock.  A metric has at most max_series of them; what
 * is beyond goes to its overflow series.
 */
#ifndef SHIM_METRIC_SERIES_H
#define SHIM_METRIC_SERIES_H

#include "base/compiler.h"
#include "metric/extract.h"
#include "metric/model.h"

struct series {
	struct series *next; /* in its hash chain, or of the spare ones */
	const struct metric *metric;
	uint64_t hash;
	uint32_t id; /* its block in segment `generation` */
	uint32_t generation;
	bool is_overflow;
};

/* A tag set. */
struct series_tags {
	uint32_t count;
	const struct tag_text *texts;
	const struct symbol *const *keys; /* NULL: those of the metric */
};

/* Finds or makes the series of a tag set, or gives the overflow series of the
 * metric.  Its block exists.  NULL: dropped and counted. */
const struct series *series_get(struct metric *metric, uint64_t hash,
				const struct series_tags *tags);
/* The metric is deleted: its series are in no later snapshot. */
void series_forget(struct metric *metric);
void series_after_fork(void);

#endif
