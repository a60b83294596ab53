/*
 * values.c - what a sample is sent as.
 *
 * A series that did not change costs nothing; gauges are sent each time, since
 * servers forget them.
 */
#include "statsd/report.h"
#include "statsd/spread.h"

#include <math.h>
#include <string.h>

#define FLUSH (64u << 10) /* bytes of lines before they are sent */

static double draw(struct push *push)
{
	uint64_t x = push->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	push->random = x;
	return (double)(x >> 11) / 9007199254740992.0;
}

bool push_is_kept(double rate, double drawn)
{
	return drawn < rate;
}

void report_line(struct report *r, enum line_kind kind, double value,
		 double rate)
{
	r->value.kind = kind;
	r->value.value = value;
	r->value.rate = rate;
	if (!line_put(&r->items, &r->style, &r->value)) {
		r->push->no_line++;
		return;
	}
	text_char(&r->items, '\0');
	if (r->items.length > FLUSH)
		report_flush(r);
}

/* What servers scale by the rate may be left out; a gauge may not. */
static void put_sampled(struct report *r, enum line_kind kind, double value,
			double rate)
{
	if (r->push->rate >= 1)
		report_line(r, kind, value, rate);
	else if (push_is_kept(r->push->rate, draw(r->push)))
		report_line(r, kind, value, rate * r->push->rate);
}

static enum line_kind timer_kind(const struct report *r)
{
	return r->metric->type == TELEMETRY_SUMMARY ? LINE_SUMMARY
						    : LINE_DISTRIBUTION;
}

/* Timers of plain StatsD are milliseconds. */
static double in_unit(const struct report *r, double value)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = { { "s", 1e3 },
		      { "us", 1e-3 },
		      { "ns", 1e-6 },
		      { "min", 6e4 },
		      { "h", 3.6e6 } };
	size_t i;

	for (i = 0; !r->style.datadog && i < sizeof(units) / sizeof(units[0]);
	     i++)
		if (!strcmp(r->metric->unit, units[i].unit))
			return value * units[i].factor;
	return value;
}

/* One that stands for several is no more exact than that. */
static double nine_figures(double value)
{
	double scale;

	if (value == 0 || !isfinite(value))
		return value;
	scale = pow(10, 8 - floor(log10(fabs(value))));
	return isfinite(scale) && scale > 0 ? round(value * scale) / scale
					    : value;
}

static void put_sampled_value(double value, uint64_t count, void *arg)
{
	struct report *r = arg;

	value = in_unit(r, value);
	if (count > 1)
		value = nine_figures(value);
	put_sampled(r, timer_kind(r), value, 1 / (double)count);
}

/* Up to PUSH_REPEATED in all, each bucket with its share of them, at least
 * one as long as there are any left. */
static void put_repeated_value(double value, uint64_t count, void *arg)
{
	struct report *r = arg;
	uint64_t lines = count;

	if (r->total > PUSH_REPEATED)
		lines = (uint64_t)((double)count * PUSH_REPEATED /
				   (double)r->total);
	for (lines = lines ? lines : 1; lines && r->repeated < PUSH_REPEATED;
	     lines--) {
		put_sampled(r, timer_kind(r), in_unit(r, value), 1);
		r->repeated++;
	}
}

static void put_timers(struct report *r, const struct telemetry_sample *s,
		       const struct series_delta *delta)
{
	const char *name = r->metric->name;
	struct text count_name = { 0 };

	if (!delta->count)
		return;
	if (r->push->timers == PUSH_TIMERS_SAMPLED) {
		spread(r->metric, s, delta, put_sampled_value, r);
		return;
	}
	r->repeated = 0;
	r->total = delta->count;
	spread(r->metric, s, delta, put_repeated_value, r);
	text_str(&count_name, name);
	text_str(&count_name, ".count");
	text_char(&count_name, '\0');
	if (!count_name.failed) {
		r->value.name = count_name.data;
		put_sampled(r, LINE_COUNTER, (double)delta->count, 1);
		r->value.name = name;
	}
	text_free(&count_name);
}

static void put_sum(struct report *r, const struct telemetry_sample *s,
		    const struct series_delta *delta)
{
	enum push_sums sums = r->push->sums;
	bool up_down = r->metric->up_down;

	if (up_down && sums == PUSH_SUMS_AUTO)
		report_line(r, LINE_LAST_VALUE, s->value, 1);
	else if (delta->value == 0 || (!up_down && delta->value < 0))
		return;
	else if (sums == PUSH_SUMS_DELTA)
		put_sampled(r, LINE_SUM, delta->value, 1);
	else
		put_sampled(r, LINE_SUM_AS_COUNTER, delta->value, 1);
}

void report_sample(struct report *r, const struct telemetry_sample *s,
		   const struct series_delta *delta)
{
	r->value.name = r->metric->name;
	r->value.tags = s->tags;
	r->value.tag_count = s->tag_count;
	switch (r->metric->type) {
	case TELEMETRY_COUNTER:
		if (delta->count)
			put_sampled(r, LINE_COUNTER, (double)delta->count, 1);
		break;
	case TELEMETRY_SUM:
		put_sum(r, s, delta);
		break;
	case TELEMETRY_LAST_VALUE:
		if (s->count)
			report_line(r, LINE_LAST_VALUE, s->value, 1);
		break;
	default:
		put_timers(r, s, delta);
	}
}
