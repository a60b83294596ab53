/*
 * summary.c - quantiles out of a log-linear histogram.
 */
#include "metric/summary.h"

static double power_of_two(int exponent)
{
	uint64_t bits = (uint64_t)(exponent + 1023) << 52;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

double summary_value(struct summary_place place)
{
	bool negative = place.octave < SUMMARY_OCTAVES / 2;
	uint32_t octave = negative ? SUMMARY_OCTAVES / 2 - 1 - place.octave
				   : place.octave - SUMMARY_OCTAVES / 2;
	uint32_t sub = negative ? SUMMARY_SUBS - 1 - place.sub : place.sub;
	double value = power_of_two((int)octave + SUMMARY_LOWEST) *
		       (1 + ((double)sub + 0.5) / SUMMARY_SUBS);

	return negative ? -value : value;
}

/* One step of a walk in ascending order of values. */
struct walk {
	const double *ranks;
	double *values;
	size_t count, done;
	uint64_t total, seen;
};

/* The place, counted from 1, of the value with this rank. */
static uint64_t position(double rank, uint64_t total)
{
	double exact = rank * (double)total;
	uint64_t whole = (uint64_t)exact;

	if ((double)whole < exact)
		whole++;
	return whole == 0 ? 1 : whole;
}

static void step(struct walk *walk, uint64_t count, double value)
{
	walk->seen += count;
	while (walk->done < walk->count &&
	       walk->seen >= position(walk->ranks[walk->done], walk->total))
		walk->values[walk->done++] = value;
}

static uint64_t total_of(const struct summary_histogram *histogram)
{
	uint64_t total = histogram->zeros;
	uint32_t i, j;

	for (i = 0; i < SUMMARY_OCTAVES; i++)
		for (j = 0; histogram->octaves[i] && j < SUMMARY_SUBS; j++)
			total += histogram->octaves[i][j];
	return total;
}

void summary_quantiles(const struct summary_histogram *histogram,
		       const double *ranks, double *values, size_t count)
{
	struct walk walk = { .ranks = ranks, .values = values, .count = count };
	struct summary_place at;

	walk.total = total_of(histogram);
	for (at.octave = 0; at.octave < SUMMARY_OCTAVES; at.octave++) {
		const uint64_t *counts = histogram->octaves[at.octave];

		if (at.octave == SUMMARY_OCTAVES / 2 && histogram->zeros)
			step(&walk, histogram->zeros, 0);
		for (at.sub = 0; counts && at.sub < SUMMARY_SUBS; at.sub++)
			if (counts[at.sub])
				step(&walk, counts[at.sub], summary_value(at));
	}
	while (walk.done < count)
		walk.values[walk.done++] = 0;
}
