/*
 * spread.c - values that stand for what came into a distribution.
 *
 * The same share of the way through each bucket: the one that gives the sum.
 */
#include "statsd/spread.h"

#include <math.h>

struct range {
	double low, high;
};

/* Nothing was ever outside of min and max. */
static struct range range_of(const struct telemetry_metric *m,
			     const struct telemetry_sample *s, size_t bucket)
{
	struct range r = { s->min, s->max };

	if (bucket > 0 && m->bounds[bucket - 1] > r.low)
		r.low = m->bounds[bucket - 1];
	if (bucket < m->bound_count && m->bounds[bucket] < r.high)
		r.high = m->bounds[bucket];
	if (!(r.low <= r.high))
		r.low = r.high;
	return r;
}

static double share_of_way(const struct telemetry_metric *m,
			   const struct telemetry_sample *s,
			   const struct series_delta *delta)
{
	double least = 0, width = 0, share;
	size_t i;

	for (i = 0; i <= m->bound_count; i++) {
		struct range r = range_of(m, s, i);

		if (!delta->buckets[i])
			continue;
		least += (double)delta->buckets[i] * r.low;
		width += (double)delta->buckets[i] * (r.high - r.low);
	}
	share = width > 0 ? (delta->value - least) / width : 0;
	return share >= 0 && share <= 1 ? share : share > 1 ? 1 : 0;
}

void spread(const struct telemetry_metric *m, const struct telemetry_sample *s,
	    const struct series_delta *delta,
	    void (*fn)(double value, uint64_t count, void *arg), void *arg)
{
	double share;
	size_t i;

	if (!delta->count)
		return;
	if (m->type == TELEMETRY_SUMMARY || delta->count == 1) {
		fn(delta->value / (double)delta->count, delta->count, arg);
		return;
	}
	if (!delta->buckets)
		return;
	share = share_of_way(m, s, delta);
	for (i = 0; i <= m->bound_count; i++) {
		struct range r = range_of(m, s, i);

		if (delta->buckets[i])
			fn(r.low + share * (r.high - r.low), delta->buckets[i],
			   arg);
	}
}
