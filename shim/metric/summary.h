/*
 * summary.h - the log-linear histogram behind a summary.
 *
 * Octave e holds the values of [2^e, 2^(e+1)), cut into SUMMARY_SUBS equal
 * parts, so the middle of a part is within 1/32 (3.1 %) of whatever is in it.
 * Octaves are numbered so that a greater number means greater values;
 * negative values have the lower half of the numbers.
 */
#ifndef SHIM_METRIC_SUMMARY_H
#define SHIM_METRIC_SUMMARY_H

#include "base/compiler.h"
#include "metric/cells.h"

#include <string.h>

#define SUMMARY_OCTAVES 240
#define SUMMARY_LOWEST (-56) /* 2^-56; what is smaller counts as that */

struct summary_place {
	uint32_t octave;
	uint32_t sub;
};

/* Of a value that is neither 0 nor a NaN. */
static inline struct summary_place summary_place(double value)
{
	struct summary_place place;
	uint64_t bits;
	int octave;

	memcpy(&bits, &value, sizeof(bits));
	octave = (int)(bits >> 52 & 0x7ff) - 1023 - SUMMARY_LOWEST;
	place.sub = (uint32_t)(bits >> 48) & (SUMMARY_SUBS - 1);
	if (unlikely(octave < 0)) {
		octave = 0;
		place.sub = 0;
	} else if (unlikely(octave >= SUMMARY_OCTAVES / 2)) {
		octave = SUMMARY_OCTAVES / 2 - 1;
		place.sub = SUMMARY_SUBS - 1;
	}
	if (unlikely(value < 0)) {
		place.octave = SUMMARY_OCTAVES / 2 - 1 - (uint32_t)octave;
		place.sub = SUMMARY_SUBS - 1 - place.sub;
	} else {
		place.octave = SUMMARY_OCTAVES / 2 + (uint32_t)octave;
	}
	return place;
}

/* Middle of a part. */
double summary_value(struct summary_place place);

struct summary_histogram {
	uint64_t zeros;
	/* SUMMARY_SUBS counts each, or NULL */
	uint64_t *octaves[SUMMARY_OCTAVES];
};

/* values[i] is the smallest value with at least ranks[i] of all at or below
 * it; ranks ascend, in 0..1. */
void summary_quantiles(const struct summary_histogram *histogram,
		       const double *ranks, double *values, size_t count);

#endif
