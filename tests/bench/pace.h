/*
 * pace.h - how fast a processor is at this moment.  The processors of a virtual
 * machine are shared: they lose up to a half of their pace for some milliseconds
 * and have it back, as others need them, which nothing in /proc tells.  So a
 * short piece of work is timed right before and right after what is measured,
 * and what was measured counts if both were at full pace.
 */
#ifndef TESTS_BENCH_PACE_H
#define TESTS_BENCH_PACE_H

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define PACE_MAX 4096 /* of what is measured */

struct pace {
	clockid_t clock;
	double full;  /* nanoseconds of the work, at full pace */
	int wanted;   /* figures at full pace; then it is over */
	double until; /* or then */
	double last;  /* the work before, in nanoseconds */
	int count, quiet;
	struct {
		double slow; /* the slower of the two */
		double figure;
	} of[PACE_MAX];
};

static inline double pace_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Children, too: the work tells of one processor only. */
static inline void pace_stay(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

/* Nanoseconds of work that waits for nothing but the processor. */
static inline double pace_work(clockid_t clock)
{
	double begin = pace_ns(clock);
	unsigned long i, sum = 0;

	for (i = 0; i < 40000; i++) {
		sum++;
		__asm__ volatile("" : "+r"(sum));
	}
	return pace_ns(clock) - begin;
}

/* The least of so many seconds. */
static inline double pace_full(double seconds)
{
	double end = pace_ns(CLOCK_MONOTONIC) + seconds * 1e9, least = 1e18;

	while (pace_ns(CLOCK_MONOTONIC) < end) {
		double now = pace_work(CLOCK_MONOTONIC);

		if (now < least)
			least = now;
	}
	return least;
}

/* BENCH_PACE is what pace_full() has found. */
static inline void pace_begin(struct pace *p, clockid_t clock, int wanted,
			      double seconds)
{
	const char *full = getenv("BENCH_PACE");

	p->clock = clock;
	p->full = full ? atof(full) : pace_full(0.1);
	p->wanted = wanted;
	p->until = pace_ns(CLOCK_MONOTONIC) + seconds * 1e9;
	p->count = p->quiet = 0;
	p->last = pace_work(clock);
}

/* What has just been measured. */
static inline void pace_add(struct pace *p, double figure)
{
	double now = pace_work(p->clock);
	double slow = now > p->last ? now : p->last;

	p->last = now;
	p->of[p->count].slow = slow;
	p->of[p->count++].figure = figure;
	p->quiet += slow <= p->full * 1.05;
}

static inline int pace_goes_on(const struct pace *p)
{
	return p->count < PACE_MAX && p->quiet < p->wanted &&
	       (p->count < p->wanted || pace_ns(CLOCK_MONOTONIC) < p->until);
}

static inline int pace_by_slow(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline int pace_by_figure(const void *a, const void *b)
{
	return pace_by_slow((const double *)a + 1, (const double *)b + 1);
}

/* What the fastest tenth is below: of those at full pace, or of the nearest to
 * it if they are too few.  Caches and memory are shared as well, and the work
 * does not tell when: a send's median has five times the spread. */
static inline double pace_figure(struct pace *p)
{
	int few = p->wanted / 4 + 1, best = p->quiet > few ? p->quiet : few;

	if (best > p->count)
		best = p->count;
	qsort(p->of, (size_t)p->count, sizeof(*p->of), pace_by_slow);
	qsort(p->of, (size_t)best, sizeof(*p->of), pace_by_figure);
	return p->of[best / 10].figure;
}

#endif
