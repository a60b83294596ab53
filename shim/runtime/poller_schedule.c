/*
 * poller_schedule.c - fixed times, whatever happens in between.
 */
#include "runtime/poller_schedule.h"

uint64_t schedule_take(struct schedule *s, uint64_t now)
{
	uint64_t missed = (now - s->next) / s->period;

	/* Beyond the end of time nothing is due. */
	if (__builtin_add_overflow(s->next, (missed + 1) * s->period, &s->next))
		s->next = UINT64_MAX;
	return missed;
}

uint32_t schedule_pause(uint64_t failures)
{
	if (failures == 0)
		return 0;
	return failures > 6 ? SCHEDULE_PAUSE_MAX : 1u << (failures - 1);
}
