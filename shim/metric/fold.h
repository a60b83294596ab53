/*
 * fold.h - adds shares of a series up and makes a finished sample of them.
 */
#ifndef SHIM_METRIC_FOLD_H
#define SHIM_METRIC_FOLD_H

#include "base/compiler.h"
#include "metric/cells.h"
#include "metric/pool.h"
#include "metric/summary.h"
#include "telemetry/reporter.h"

/* What a tally is of. */
struct fold_shape {
	uint32_t type; /* enum metric_type */
	uint32_t bound_count;
	uint64_t numerator, denominator;
};

/* Raw, like the cells. */
struct tally {
	uint64_t count;
	__int128 integer;
	double real;
	double min, max;
	uint64_t newest;  /* ns, CLOCK_MONOTONIC of the machine */
	uint64_t time;	  /* the same in ns since the epoch */
	uint32_t touched; /* the latest struct cell.touched; 0: not known */
	double last;
	uint64_t *buckets;
	struct summary_histogram *histogram;
	/* In the unit of the metric; at most one of each bucket. */
	struct telemetry_exemplar *exemplars;
	uint32_t *exemplar_buckets;
	uint32_t exemplar_count;
};

bool tally_init(struct tally *tally, const struct fold_shape *shape,
		struct pool *pool);

/* The CLOCK_MONOTONIC of a process. */
struct fold_clock {
	uint64_t wall; /* added to its times they are ns since the epoch */
	int64_t ahead; /* of the machine's: base/timens.h */
};

enum fold_result { FOLD_OK, FOLD_CORRUPT, FOLD_MEMORY };

/* Adds a cell, of which `cell->size` bytes may be read. */
enum fold_result fold_cell(struct tally *tally, const struct fold_shape *shape,
			   const struct cell *cell,
			   const struct fold_clock *clock, struct pool *pool);

/* Fills everything but tags and process.  False: nothing was recorded. */
bool fold_finish(const struct tally *tally, const struct fold_shape *shape,
		 struct telemetry_sample *sample);

#endif
