/*
 * test_clock_age.c - the clock on machines that have run for long, and in
 * processes that have been idle for long: ticks that the test makes up.
 */
#include "test.h"

#include <stdint.h>
#if defined(__x86_64__)

static uint64_t ticks_ahead, kernel_ahead;

static uint64_t ticks(void)
{
	return __builtin_ia32_rdtsc() + ticks_ahead;
}

/* In all of clock_tsc.c, which is in this file instead of the archive. */
#define __builtin_ia32_rdtsc ticks
#include "base/clock.h"
#include "base/clock_tsc.h"
#define clock_kernel later_kernel
static uint64_t later_kernel(void);
#include "../../shim/base/clock_tsc.c"
#undef clock_kernel

#define DAY 86400000000000ull
/* As in test_clock.c. */
#define CLOSE_NS 50000

static uint64_t later_kernel(void)
{
	return clock_kernel() + kernel_ahead;
}

/* False: the count has come round meanwhile, and this is no beginning.  Hangs if
 * it never does otherwise. */
static bool begins(void)
{
	clock_tsc_init();
	while (!clock_scale_now && ticks() >= first.ticks) {
		/* However busy the machine is. */
		bad_starts = 0;
		clock_tsc_begin(later_kernel());
	}
	return clock_scale_now != NULL;
}

static void begin(void)
{
	CHECK(begins());
}

static void check_now(void)
{
	uint64_t before = later_kernel(), ours = clock_ns();
	uint64_t after = later_kernel();

	if (ours + CLOSE_NS < before || ours > after + CLOSE_NS)
		CHECK_INT(ours, before);
}

static uint64_t rate_now(void)
{
	return ((const struct slot *)(const void *)clock_scale_now)->rate;
}

static void check_for(uint64_t ns)
{
	uint64_t until = later_kernel() + ns, last = 0, now;

	while (later_kernel() < until) {
		check_now();
		now = clock_ns();
		CHECK(now >= last);
		last = now;
	}
	CHECK(clock_scale_now != NULL);
}

/* 278 days at 3 GHz, and 97 years; 0: what some firmware sets the counter to is
 * a little below it. */
TEST(no_count_of_ticks_is_special)
{
	const uint64_t counts[] = { (uint64_t)1 << 56, (uint64_t)1 << 63, 0 };
	uint64_t lead, left;
	size_t i;

	begin();
	lead = divide(5000000, rate_now());
	clock_tsc_end();
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		/* Again where this thread was stopped for so long. */
		do
			ticks_ahead += counts[i] - lead - ticks();
		while (!begins());
		check_for(20000000);
		left = counts[i] - ticks();
		CHECK((int64_t)left <= 0);
		clock_tsc_end();
	}
}

TEST(an_idle_year_is_one)
{
	const uint64_t days[] = { 1, 200, 277, 278, 279, 365, 3650 };
	size_t i;

	begin();
	check_for(20000000);
	for (i = 0; i < ARRAY_SIZE(days); i++) {
		uint64_t before = clock_ns();

		ticks_ahead += divide(days[i] * DAY, rate_now());
		kernel_ahead += days[i] * DAY;
		CHECK(clock_ns() >= before + days[i] * DAY);
		check_for(10000000);
	}
}

#else
TEST(no_count_of_ticks_is_special)
{
	SKIP("no TSC on this processor");
}
#endif
