/*
 * test_poller_schedule.c - fixed times under a clock that the test moves.
 */
#include "runtime/poller_schedule.h"

#include "test.h"

TEST(ticks_stay_where_they_are)
{
	struct schedule s = { .next = 1000, .period = 100 };

	CHECK(!schedule_is_due(&s, 999));
	CHECK(schedule_is_due(&s, 1000));
	CHECK_INT(schedule_take(&s, 1000), 0);
	CHECK_INT(s.next, 1100);
	/* Late by less than a period: the next one is where it was. */
	CHECK_INT(schedule_take(&s, 1199), 0);
	CHECK_INT(s.next, 1200);
}

/* P27: 100 of work with a period of 50; P29: stopped for a while. */
TEST(what_is_missed_is_skipped)
{
	struct schedule s = { .next = 0, .period = 50 };

	CHECK_INT(schedule_take(&s, 0), 0);
	CHECK_INT(schedule_take(&s, 100), 1);
	CHECK_INT(s.next, 150);
	CHECK_INT(schedule_take(&s, 10000), 197);
	CHECK_INT(s.next, 10050);
	CHECK(!schedule_is_due(&s, 10049));
}

TEST(no_tick_is_taken_twice)
{
	uint64_t now, taken = 0, skipped = 0;
	struct schedule s = { .next = 7, .period = 3 };

	for (now = 0; now < 10000; now += 1 + now % 11)
		if (schedule_is_due(&s, now)) {
			skipped += schedule_take(&s, now);
			taken++;
			CHECK(s.next > now && s.next <= now + 3);
			CHECK_INT((s.next - 7) % 3, 0);
			CHECK_INT((s.next - 7) / 3, taken + skipped);
		}
	CHECK(taken > 500 && skipped > 500);
}

TEST(the_end_of_time)
{
	struct schedule s = { .next = UINT64_MAX - 5, .period = 10 };

	CHECK_INT(schedule_take(&s, UINT64_MAX - 1), 0);
	CHECK(s.next == UINT64_MAX);
}

TEST(pauses_double_up_to_a_limit)
{
	static const uint32_t expected[] = { 0, 1, 2, 4, 8, 16, 32, 64, 64 };
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		CHECK_INT(schedule_pause(i), expected[i]);
	CHECK_INT(schedule_pause(UINT64_MAX), SCHEDULE_PAUSE_MAX);
}
