/*
 * report.h - one report on its way: lines that are made, packed and sent.
 */
#ifndef REPORTERS_STATSD_REPORT_H
#define REPORTERS_STATSD_REPORT_H

#include "statsd/push.h"

struct report {
	struct push *push;
	struct line_style style;
	struct text items; /* as pack() has them */
	struct text prefix;
	int64_t end_ms;
	size_t mtu;
	int error;
	bool refused;
	/* Of the sample. */
	struct line_value value;
	const struct telemetry_metric *metric;
	unsigned int repeated;
	uint64_t total;
};

/* A line of r->value, with that kind, value and rate. */
void report_line(struct report *r, enum line_kind kind, double value,
		 double rate);
/* The lines of a sample of r->metric. */
void report_sample(struct report *r, const struct telemetry_sample *sample,
		   const struct series_delta *delta);
/* Sends all lines there are. */
void report_flush(struct report *r);

#endif
