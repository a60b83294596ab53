/*
 * poller_schedule.h - when something that is done again and again is due.
 *
 * Pure: knows neither clocks nor threads.  Times are nanoseconds of one clock
 * that never goes back.
 */
#ifndef SHIM_RUNTIME_POLLER_SCHEDULE_H
#define SHIM_RUNTIME_POLLER_SCHEDULE_H

#include "base/compiler.h"

struct schedule {
	uint64_t next;	 /* the tick that comes */
	uint64_t period; /* above 0 */
};

static inline bool schedule_is_due(const struct schedule *s, uint64_t now)
{
	return s->next <= now;
}

/* Takes the tick that is due at `now`; the next one is the first of the fixed
 * times that is not over yet.  How many were over and are skipped. */
uint64_t schedule_take(struct schedule *s, uint64_t now);

/* After so many failures in a row, how many ticks to leave out: 1, 2, 4, ... up
 * to SCHEDULE_PAUSE_MAX. */
#define SCHEDULE_PAUSE_MAX 64
uint32_t schedule_pause(uint64_t failures);

#endif
