/*
 * push.h - a snapshot as datagrams: what is new since the last one.
 */
#ifndef REPORTERS_STATSD_PUSH_H
#define REPORTERS_STATSD_PUSH_H

#include "statsd/line.h"
#include "statsd/peer.h"
#include "statsd/series.h"

/* What a sum is sent as. */
enum push_sums {
	PUSH_SUMS_AUTO,	   /* a counter; one that may fall: its value, |g */
	PUSH_SUMS_DELTA,   /* +n|g; DogStatsD: n|c */
	PUSH_SUMS_COUNTER, /* n|c */
};

/* What stands for many values of a distribution. */
enum push_timers {
	PUSH_TIMERS_SAMPLED,  /* one line for a bucket, |@1/n */
	PUSH_TIMERS_REPEATED, /* PUSH_REPEATED lines at most, and a counter */
};
#define PUSH_REPEATED 10

struct push {
	const struct telemetry_host *host;
	struct line_style style;
	struct peer peer;
	struct series_table series;
	const char *prefix; /* "%s" is the name of the service; "" if none */
	size_t mtu;	    /* 0: the one of the peer */
	double rate;
	enum push_sums sums;
	enum push_timers timers;
	bool self;	     /* metrics of our own */
	const char *dry_run; /* "" stderr, or a file; NULL: send */

	uint32_t continues; /* of the last snapshot */
	uint64_t random;
	uint64_t told[5]; /* what metrics of our own have told of */
	uint64_t told_drops[PEER_DROPS];
	uint64_t no_line; /* values that make none: not finite, no tag */
	uint64_t no_memory;
};

int push_report(struct push *push, const struct telemetry_snapshot *snapshot,
		bool final, int timeout_ms);

/* Is it one of the sampled? */
bool push_is_kept(double rate, double draw);

#endif
