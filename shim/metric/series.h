/*
 * series.h - the tag sets that each metric has been seen with.
 *
 * A metric has at most max_series of them; what is beyond goes to its overflow
 * series.  One that nothing was recorded in for as long as the metric says is
 * taken out, and its memory used for another one.
 */
#ifndef SHIM_METRIC_SERIES_H
#define SHIM_METRIC_SERIES_H

#include "base/compiler.h"
#include "metric/extract.h"
#include "metric/model.h"

/* Its memory never becomes anything else, so that a look-up without the lock
 * can stand on one that is taken out. */
struct series {
	struct series *next; /* in its hash chain, or of the spare ones */
	struct series *next_of_metric;
	struct metric *metric;
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

/* Will the tag set be added to the overflow series?  Without the lock; false
 * if that is not sure. */
bool series_overflows(const struct metric *metric, uint64_t hash);
/* Under metrics_lock: finds or makes the series of a tag set, or gives the
 * overflow series of the metric.  Its block exists.  NULL: counted. */
struct series *series_get(struct metric *metric, uint64_t hash,
			  const struct series_tags *tags);
/* Under metrics_lock: the series with this hash, or NULL. */
struct series *series_find(const struct metric *metric, uint64_t hash);
/* Under metrics_lock: takes it out of the table and of snapshots. */
void series_remove(struct series *series);
/* Under metrics_lock: the metric is deleted, with all its series. */
void series_forget(struct metric *metric);
void series_after_fork(void);

#endif
