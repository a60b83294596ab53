/*
 * update.h - adds one value to a cell: the innermost part of the hot path,
 * inlined into cells_record().
 *
 * Plain loads and stores: a cell has one writer.  Stores are relaxed atomics
 * only so that no reader sees half of one.
 */
#ifndef SHIM_METRIC_UPDATE_H
#define SHIM_METRIC_UPDATE_H

#include "base/compiler.h"
#include "base/hash.h"
#include "metric/cells.h"
#include "metric/extract.h"
#include "metric/summary.h"
#include "metric/unit.h"

/* What a thread needs to find the octaves of its share of a summary.  Kept
 * below 1 KiB: there is one per series and thread. */
struct summary_local {
	struct cell_summary *cell;
	struct cell_map *map;
	struct summary_local *next;
	uint64_t **negative; /* as positive; NULL: no such value so far */
	uint64_t *positive[SUMMARY_OCTAVES / 2]; /* counts; NULL: not made */
};

/* Finds or makes the counts of an octave; NULL: no memory, counted. */
uint64_t *cells_octave(struct summary_local *local, uint32_t octave);

/* How the map knows a metric's overflow series. */
static inline uint64_t hash_overflow(const struct metric *metric)
{
	return hash_mix(metric->seed, UINT64_MAX) | 1;
}

#define ADD(member, amount) add_own(&(member), (amount))

static ALWAYS_INLINE void add_sum(int64_t *integer, double *real,
				  const struct measure *value)
{
	int64_t sum;
	double inexact;

	/* An integer for which there is no room any more goes to the others:
	 * one store, so that no reader meets it in both or in neither. */
	if (likely(value->is_integer) &&
	    likely(!__builtin_add_overflow(*integer, value->integer, &sum))) {
		store_relaxed(integer, sum);
		return;
	}
	inexact = *real + value->real;
	if (likely(inexact - inexact == 0))
		__atomic_store(real, &inexact, __ATOMIC_RELAXED);
	else
		measure_limit(real, inexact);
}

static ALWAYS_INLINE void widen(double *min, double *max, double value)
{
	if (unlikely(value < *min))
		__atomic_store(min, &value, __ATOMIC_RELAXED);
	if (unlikely(value > *max))
		__atomic_store(max, &value, __ATOMIC_RELAXED);
}

/* How many of the ascending bounds are below the value. */
#define COUNT_BELOW(bounds, count, value)                                      \
	({                                                                     \
		uint32_t low = 0, n = (count);                                 \
		while (n > 1) {                                                \
			uint32_t half = n / 2;                                 \
			low += (bounds)[low + half - 1] < (value) ? half : 0;  \
			n -= half;                                             \
		}                                                              \
		low + (n == 1 && (bounds)[low] < (value));                     \
	})

static ALWAYS_INLINE uint32_t bucket_of(const struct metric *metric,
					const struct measure *value)
{
	const struct metric_definition *d = &metric->definition;
	uint32_t count = metric->bound_count;
	double real;

	if (likely(value->is_integer)) {
		if (likely(value->integer <= metric->first_bound))
			return 0;
		return COUNT_BELOW(metric->raw_bounds, count, value->integer);
	}
	real = unit_convert_real(value->real, d->numerator, d->denominator);
	return COUNT_BELOW(d->buckets, count, real);
}

static ALWAYS_INLINE void note_exemplar(struct cell_exemplar *e,
					uint32_t bucket, double value,
					const struct occurrence *occurrence)
{
	uint64_t number = e->number + 1;

	store_relaxed(&e->begun, (uint32_t)number);
	/* Pairs with fold_exemplar(): who copies one of these later, copies
	 * `begun` later still. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store(&e->value, &value, __ATOMIC_RELAXED);
	store_relaxed(&e->time, occurrence->time);
	store_relaxed(&e->span_id, occurrence->span_id);
	store_relaxed(&e->bucket, bucket);
	store_release(&e->number, number); /* pairs with fold_exemplar() */
}

static ALWAYS_INLINE void update_bucket(struct cell_distribution *cell,
					uint32_t bucket,
					const struct measure *value,
					const struct occurrence *o)
{
	if (likely(o->span_id))
		note_exemplar(&cell->exemplar, bucket, value->real, o);
	widen(&cell->min, &cell->max, value->real);
	ADD(cell->buckets[bucket], 1);
	add_sum(&cell->integer, &cell->real, value);
}

static ALWAYS_INLINE void update_distribution(const struct metric *metric,
					      struct cell_distribution *cell,
					      const struct measure *value,
					      const struct occurrence *o)
{
	update_bucket(cell, bucket_of(metric, value), value, o);
}

static ALWAYS_INLINE void update_histogram(struct summary_local *local,
					   const struct measure *value)
{
	struct summary_place place;
	uint64_t *counts = NULL;

	if (unlikely(value->real == 0)) {
		ADD(local->cell->zeros, 1);
		return;
	}
	place = summary_place(value->real);
	if (likely(place.octave >= SUMMARY_OCTAVES / 2))
		counts = local->positive[place.octave - SUMMARY_OCTAVES / 2];
	if (unlikely(!counts))
		counts = cells_octave(local, place.octave);
	if (likely(counts != NULL))
		ADD(counts[place.sub], 1);
}

static ALWAYS_INLINE void update_summary(struct summary_local *local,
					 const struct measure *value)
{
	struct cell_summary *cell = local->cell;

	widen(&cell->min, &cell->max, value->real);
	ADD(cell->count, 1);
	update_histogram(local, value);
	add_sum(&cell->integer, &cell->real, value);
}

static ALWAYS_INLINE void
update_last(struct cell_last *cell, const struct measure *value, uint64_t time)
{
	double real = value->real;

	__atomic_store(&cell->value, &real, __ATOMIC_RELAXED);
	/* Last, so that a value of before never looks newer than another
	 * thread's; pairs with fold_last(). */
	store_release(&cell->time, time);
	ADD(cell->count, 1);
}

static ALWAYS_INLINE void update_sum(struct cell_sum *cell,
				     const struct measure *value)
{
	ADD(cell->count, 1);
	add_sum(&cell->integer, &cell->real, value);
}

/* type is the metric's, known when this is compiled or not. */
static ALWAYS_INLINE void update_as(const struct metric *metric, uint8_t type,
				    void *target, const struct measure *value,
				    const struct occurrence *occurrence)
{
	struct cell_counter *counter = target;

	switch (type) {
	case METRIC_COUNTER:
		ADD(counter->count, 1);
		break;
	case METRIC_SUM:
		update_sum(target, value);
		break;
	case METRIC_LAST_VALUE:
		update_last(target, value, occurrence->time);
		break;
	case METRIC_SUMMARY:
		update_summary(target, value);
		break;
	default:
		update_distribution(metric, target, value, occurrence);
		break;
	}
}

static ALWAYS_INLINE void update(const struct metric *metric, void *target,
				 const struct measure *value,
				 const struct occurrence *occurrence)
{
	update_as(metric, metric->type, target, value, occurrence);
}

#endif
