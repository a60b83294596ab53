/*
 * fold.c - from cells to samples.
 *
 * Cells come from files that may be of a process that crashed, or is writing
 * right now: a cell may be between two of its stores, so what can be computed
 * from other members is.
 */
#include "metric/fold.h"

#include "metric/unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double quantile_ranks[4] = { 0.5, 0.9, 0.95, 0.99 };

bool tally_init(struct tally *tally, const struct fold_shape *shape,
		struct pool *pool)
{
	size_t size = (shape->bound_count + 1) * sizeof(uint64_t);

	tally->min = INFINITY;
	tally->max = -INFINITY;
	if (shape->type == METRIC_DISTRIBUTION)
		tally->buckets = pool_alloc(pool, size);
	if (shape->type == METRIC_SUMMARY)
		tally->histogram = pool_alloc(pool, sizeof(*tally->histogram));
	return !pool->failed;
}

/* What no double holds is the largest that one does. */
static double limited(double value)
{
	return value > DBL_MAX ? DBL_MAX : value < -DBL_MAX ? -DBL_MAX : value;
}

static bool add_sum(struct tally *tally, int64_t integer, double real)
{
	if (!isfinite(real))
		return false;
	tally->integer += integer;
	tally->real = limited(tally->real + real);
	return true;
}

static void add_range(struct tally *tally, double min, double max)
{
	if (isfinite(min) && min < tally->min)
		tally->min = min;
	if (isfinite(max) && max > tally->max)
		tally->max = max;
}

static bool fold_sum(struct tally *tally, const struct cell_sum *cell)
{
	tally->count += cell->count;
	return add_sum(tally, cell->integer, cell->real);
}

static bool fold_last(struct tally *tally, const struct cell_last *cell,
		      const struct fold_clock *clock)
{
	/* Pairs with update_last(): the value is of then or newer. */
	uint64_t time = load_acquire(&cell->time);
	uint64_t shared = time - (uint64_t)clock->ahead;

	if (cell->count == 0)
		return true;
	if (!isfinite(cell->value))
		return false;
	/* The clock that all processes share says which is the newest; their
	 * ideas of the date may differ. */
	if (tally->count == 0 || shared >= tally->newest) {
		tally->newest = shared;
		tally->time = time ? time + clock->wall : 0;
		tally->last = cell->value;
	}
	tally->count += cell->count;
	return true;
}

static double convert(const struct fold_shape *shape, double raw)
{
	return limited(
		unit_convert_real(raw, shape->numerator, shape->denominator));
}

/* Room for one of each bucket, when the first is there. */
static bool has_room(struct tally *tally, const struct fold_shape *shape,
		     struct pool *pool)
{
	size_t count = shape->bound_count + 1;

	if (tally->exemplars)
		return true;
	tally->exemplar_buckets =
		pool_alloc(pool, count * sizeof(*tally->exemplar_buckets));
	if (tally->exemplar_buckets)
		tally->exemplars =
			pool_alloc(pool, count * sizeof(*tally->exemplars));
	return tally->exemplars != NULL;
}

/* The newest of its bucket. */
static void fold_exemplar(struct tally *tally, const struct fold_shape *shape,
			  const struct cell_exemplar *from,
			  const struct fold_clock *clock, struct pool *pool)
{
	/* Pairs with note_exemplar(). */
	uint64_t number = load_acquire(&from->number);
	struct telemetry_exemplar e = { from->value, from->time + clock->wall,
					from->span_id };
	uint32_t bucket = from->bucket, i;

	/* Pairs with note_exemplar(): the others before `begun`. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (number == 0 || load_relaxed(&from->begun) != (uint32_t)number ||
	    bucket > shape->bound_count || !isfinite(e.value) ||
	    !has_room(tally, shape, pool))
		return;
	e.value = convert(shape, e.value);
	for (i = 0; i < tally->exemplar_count; i++)
		if (tally->exemplar_buckets[i] == bucket)
			break;
	if (i < tally->exemplar_count && tally->exemplars[i].time > e.time)
		return;
	tally->exemplar_count += i == tally->exemplar_count;
	tally->exemplar_buckets[i] = bucket;
	tally->exemplars[i] = e;
}

static bool fold_distribution(struct tally *tally, uint32_t bound_count,
			      const struct cell_distribution *cell)
{
	uint32_t i;

	if (!add_sum(tally, cell->integer, cell->real))
		return false;
	add_range(tally, cell->min, cell->max);
	for (i = 0; i <= bound_count; i++) {
		tally->buckets[i] += cell->buckets[i];
		tally->count += cell->buckets[i];
	}
	return true;
}

static bool fold_summary(struct tally *tally, const struct cell_summary *cell)
{
	if (!add_sum(tally, cell->integer, cell->real))
		return false;
	add_range(tally, cell->min, cell->max);
	tally->count += cell->count;
	tally->histogram->zeros += cell->zeros;
	return true;
}

static enum fold_result fold_octave(struct tally *tally,
				    const struct cell_octave *cell,
				    struct pool *pool)
{
	uint64_t **counts;
	uint32_t i;

	if (cell->cell.octave >= SUMMARY_OCTAVES)
		return FOLD_CORRUPT;
	counts = &tally->histogram->octaves[cell->cell.octave];
	if (!*counts)
		*counts = pool_alloc(pool, sizeof(cell->counts));
	if (!*counts)
		return FOLD_MEMORY;
	for (i = 0; i < SUMMARY_SUBS; i++)
		(*counts)[i] += cell->counts[i];
	return FOLD_OK;
}

static size_t least_size(const struct fold_shape *shape, uint32_t kind)
{
	if (kind == CELL_OCTAVE)
		return sizeof(struct cell_octave);
	switch (shape->type) {
	case METRIC_COUNTER:
		return sizeof(struct cell_counter);
	case METRIC_SUM:
		return sizeof(struct cell_sum);
	case METRIC_LAST_VALUE:
		return sizeof(struct cell_last);
	case METRIC_SUMMARY:
		return sizeof(struct cell_summary);
	default:
		return sizeof(struct cell_distribution) +
		       (shape->bound_count + 1) * sizeof(uint64_t);
	}
}

static void fold_touched(struct tally *tally, const struct cell *cell,
			 const struct fold_clock *clock)
{
	uint32_t touched = touched_on_machine(cell->touched, clock->ahead);

	if (tally->touched == 0 || (int32_t)(touched - tally->touched) > 0)
		tally->touched = touched;
}

enum fold_result fold_cell(struct tally *tally, const struct fold_shape *shape,
			   const struct cell *cell,
			   const struct fold_clock *clock, struct pool *pool)
{
	const void *any = cell;
	bool octave =
		cell->kind == CELL_OCTAVE && shape->type == METRIC_SUMMARY;
	bool good = true;

	if ((cell->kind != shape->type && !octave) ||
	    cell->size < least_size(shape, cell->kind))
		return FOLD_CORRUPT;
	if (octave)
		return fold_octave(tally, any, pool);
	fold_touched(tally, cell, clock);
	switch (shape->type) {
	case METRIC_COUNTER:
		tally->count += ((const struct cell_counter *)any)->count;
		break;
	case METRIC_SUM:
		good = fold_sum(tally, any);
		break;
	case METRIC_LAST_VALUE:
		good = fold_last(tally, any, clock);
		break;
	case METRIC_SUMMARY:
		good = fold_summary(tally, any);
		break;
	default:
		good = fold_distribution(tally, shape->bound_count, any);
		if (good)
			fold_exemplar(tally, shape,
				      &((const struct cell_distribution *)any)
					       ->exemplar,
				      clock, pool);
		break;
	}
	return good ? FOLD_OK : FOLD_CORRUPT;
}

static double total(const struct tally *tally, const struct fold_shape *shape)
{
	return limited(unit_convert(tally->integer, shape->numerator,
				    shape->denominator) +
		       convert(shape, tally->real));
}

/* A range that is not there yet is the mean, as of a single value. */
static void range(const struct tally *tally, double *min, double *max)
{
	*min = tally->min;
	*max = tally->max;
	if (!(*min <= *max))
		*min = *max = ((double)tally->integer + tally->real) /
			      (double)tally->count;
}

static double clamp(double value, double min, double max)
{
	return value < min ? min : value > max ? max : value;
}

static void finish_summary(const struct tally *tally,
			   const struct fold_shape *shape, double min,
			   double max, struct telemetry_sample *sample)
{
	double raw[ARRAY_SIZE(quantile_ranks)];
	size_t i;

	summary_quantiles(tally->histogram, quantile_ranks, raw,
			  ARRAY_SIZE(raw));
	for (i = 0; i < ARRAY_SIZE(raw); i++)
		sample->quantiles[i] = convert(shape, clamp(raw[i], min, max));
}

bool fold_finish(const struct tally *tally, const struct fold_shape *shape,
		 struct telemetry_sample *sample)
{
	double min, max;

	if (tally->count == 0)
		return false;
	sample->count = tally->count;
	if (shape->type == METRIC_COUNTER) {
		sample->value = (double)tally->count;
		return true;
	}
	if (shape->type == METRIC_LAST_VALUE) {
		sample->value = convert(shape, tally->last);
		sample->time = tally->time;
		return true;
	}
	sample->value = total(tally, shape);
	if (shape->type == METRIC_SUM)
		return true;
	range(tally, &min, &max);
	sample->min = convert(shape, min);
	sample->max = convert(shape, max);
	sample->buckets = tally->buckets;
	sample->exemplars = tally->exemplars;
	sample->exemplar_count = tally->exemplar_count;
	if (shape->type == METRIC_SUMMARY)
		finish_summary(tally, shape, min, max, sample);
	return true;
}
