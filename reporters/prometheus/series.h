/*
 * series.h - the samples of a family that are one series.
 */
#ifndef REPORTERS_PROMETHEUS_SERIES_H
#define REPORTERS_PROMETHEUS_SERIES_H

#include "prometheus/exposition.h"

struct series {
	size_t labels, length; /* in exposition.keys */
	const struct telemetry_sample *sample;
};

/* Samples with the same labels, as one.  Buckets and exemplars are in the
 * exposition's workspace. */
struct folded {
	const char *labels;
	size_t length;
	uint64_t count;
	double value;
	uint64_t time;		 /* of the newest */
	const double *quantiles; /* NULL: they cannot be added */
};

/* Sorted by their labels; how many there are. */
size_t series_make(struct exposition *e, const struct family *family);
/* The next ones that are the same, from *at on; false at the end. */
bool series_fold(struct exposition *e, const struct family *family,
		 size_t count, size_t *at, struct folded *folded);

#endif
