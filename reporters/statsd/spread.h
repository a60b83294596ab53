/*
 * spread.h - values that stand for what came into a distribution.
 */
#ifndef REPORTERS_STATSD_SPREAD_H
#define REPORTERS_STATSD_SPREAD_H

#include "statsd/series.h"

/*
 * Calls fn with a value and how many it stands for, for each bucket into which
 * something came; for a summary once, with the mean.  Each value is within its
 * bucket, and the sum of all is the sum of what came, as far as buckets allow
 * that: counts and means are exact, quantiles as exact as the buckets are.
 */
void spread(const struct telemetry_metric *metric,
	    const struct telemetry_sample *sample,
	    const struct series_delta *delta,
	    void (*fn)(double value, uint64_t count, void *arg), void *arg);

#endif
