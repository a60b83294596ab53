/*
 * test_span_exact.c - spans that are told in short: no count, sum or bucket
 * differs from what their durations say.
 */
#include "metric_fixture.h"

#include "base/clock.h"
#include "event/span_stop.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#define WARM 50000000u
#define CALLS 1000
#define TRIES 1000000 /* it takes longer when the clock is set */

/* In ns, around the bounds of 0.1, 1, 10 and 100 us, and how many of them are
 * in which bucket. */
static const uint64_t durations[] = { 0,     1,	    99,	    100,    101,
				      999,   1000,  1001,   9999,   10000,
				      10001, 99999, 100000, 100001, 7000000 };
static const uint64_t expected[] = { 4, 3, 3, 3, 2 };

static struct owner *begin_test(void)
{
	uint64_t begun, now;

	clock_init();
	setup();
	begun = clock_ns();
	while (!clock_try(&now) && clock_ns() - begun < WARM)
		;
	if (!clock_try(&now))
		SKIP("spans are not told in short without a TSC");
	CHECK_INT(define("distribution(d, span=op, measurement=duration, "
			 "buckets=[0.1,1,10,100], "
			 "unit=native:microsecond)"),
		  0);
	return thread_self.owner;
}

static const struct span_class *class(void)
{
	return span_class_find("op", 2);
}

static const struct telemetry_sample *sample(void)
{
	return find_sample(view(), "d", "", "");
}

static uint64_t in_buckets(const struct telemetry_sample *s)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++)
		sum += s->buckets[i];
	return sum;
}

TEST(durations_at_the_bounds)
{
	struct owner *owner = begin_test();
	const struct telemetry_sample *s;
	struct span span;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(durations); i++) {
		/* Not while the clock looks at the kernel's: it does then. */
		while (!span_begin_plain(&thread_self, owner, &span, class(),
					 class()->state, &span, LIBRARY_LIBC))
			clock_ns();
		CHECK(span_stop_brief(owner, &span, span.start + durations[i]));
		CHECK_INT(owner->depth, 0);
		sum += durations[i];
	}
	s = sample();
	CHECK_INT(s->count, ARRAY_SIZE(durations));
	for (i = 0; i < ARRAY_SIZE(expected); i++)
		CHECK_INT(s->buckets[i], expected[i]);
	CHECK(s->value == (double)sum / 1000);
	CHECK(s->min == 0 && s->max == 7000);
}

/* What the clock says: the sum lies between the shortest and the longest, and
 * within the time that all of it took. */
static void check_clocked(uint64_t count, uint64_t took)
{
	const struct telemetry_sample *s = sample();
	double us = (double)took / 1000;

	CHECK_INT(s->count, count);
	CHECK_INT(in_buckets(s), count);
	CHECK(s->min >= 0 && s->min <= s->max);
	CHECK(s->value >= s->max && s->value <= us);
}

TEST(a_call_from_its_own_clock)
{
	struct owner *owner = begin_test();
	uint64_t begun = clock_ns(), count = 0, tries;

	for (tries = 0; tries < TRIES && count < CALLS; tries++) {
		struct span_end end;

		if (!span_note_plain(&thread_self, owner, class(),
				     class()->state, &end, LIBRARY_LIBC,
				     &end.start, &end.id))
			clock_ns();
		else if (span_stop_first(owner, class(), &end))
			count++;
		else
			owner->depth = clock_ns() == 0;
		CHECK_INT(owner->depth, 0);
	}
	check_clocked(CALLS, clock_ns() - begun);
}

TEST(a_call_of_nothing)
{
	struct owner *owner = begin_test();
	uint64_t begun = clock_ns(), count = 0, tries;

	for (tries = 0; tries < TRIES && count < CALLS; tries++) {
		if (span_pass_brief(&thread_self, owner, class(),
				    class()->state))
			count++;
		else
			clock_ns();
		CHECK_INT(owner->depth, 0);
	}
	check_clocked(CALLS, clock_ns() - begun);
}

/* Then it is still open, and nobody was told. */
TEST(one_that_is_not_the_first_is_left_alone)
{
	struct owner *owner = begin_test();
	struct span_end end;
	struct span outer, inner;

	while (!span_note_plain(&thread_self, owner, class(), class()->state,
				&end, LIBRARY_LIBC, &end.start, &end.id))
		clock_ns();
	end.id++;
	CHECK(!span_stop_first(owner, class(), &end));
	end.id--;
	span_open(&inner, class(), &inner, LIBRARY_NONE, NULL, 0);
	CHECK_INT(owner->depth, 2);
	CHECK(!span_stop_first(owner, class(), &end));
	CHECK(!span_pass_brief(&thread_self, owner, class(), class()->state));
	CHECK(!span_begin_plain(&thread_self, owner, &outer, class(),
				class()->state, &outer, LIBRARY_LIBC));
	CHECK_INT(owner->depth, 2);
	CHECK(span_leave_stack(&inner));
	while (!span_stop_first(owner, class(), &end))
		clock_ns();
	CHECK_INT(owner->depth, 0);
	CHECK_INT(sample()->count, 1);
}

/* The notes of a child, of whatever kind, are wiped: the span is the parent's. */
TEST(the_child_of_a_fork_ends_no_span)
{
	struct owner *owner = begin_test();
	struct span_end end;
	struct span span;
	int status;
	pid_t pid;

	while (!span_begin_plain(&thread_self, owner, &span, class(),
				 class()->state, &span, LIBRARY_LIBC))
		clock_ns();
	end.start = span.start;
	end.id = span.id;
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0)
		_exit(span_leave_first(owner, &span) ||
		      span_stop_first(owner, class(), &end) ||
		      span_pass_brief(&thread_self, owner, class(),
				      class()->state));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	while (!span_stop_first(owner, class(), &end))
		clock_ns();
	CHECK_INT(owner->depth, 0);
}

static void count_it(const struct occurrence *occurrence, void *config)
{
	(void)occurrence;
	++*(int *)config;
}

/* Whoever wants fields is told of it with its fields, and once. */
TEST(who_wants_more_keeps_it_open)
{
	struct owner *owner = begin_test();
	struct span_end end;
	int calls = 0;

	CHECK_INT(event_subscribe(class()->stop, count_it, &calls, NEED_VALUES),
		  0);
	while (!span_note_plain(&thread_self, owner, class(), class()->state,
				&end, LIBRARY_LIBC, &end.start, &end.id))
		clock_ns();
	CHECK(!span_stop_first(owner, class(), &end));
	CHECK_INT(owner->depth, 1);
	CHECK(owner->spans[0].id == end.id);
	owner->depth = 0;
	CHECK(!span_pass_brief(&thread_self, owner, class(), class()->state));
	CHECK_INT(calls, 0);
	CHECK(!rcu_inside());
}
