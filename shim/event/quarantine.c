/*
 * quarantine.c - handlers that failed, and are not called for a while.
 *
 * One thread at a time tries such a handler again: the one that moves the end
 * of the pause.  If it never comes back the next one tries when that is over.
 */
#include "event/table.h"

#include "base/segment.h"

bool quarantine_may_call(struct handler *handler, uint32_t state, uint64_t now)
{
	uint64_t resume;

	if (state & HANDLER_GONE)
		return false;
	if (!(state & HANDLER_PAUSED))
		return true;
	/* Pairs with quarantine_failed(): not an end of before. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	resume = load_relaxed(&handler->resume);
	if (now >= resume && __atomic_compare_exchange_n(
				     &handler->resume, &resume,
				     now + load_relaxed(&handler->pause), false,
				     __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return true;
	segment_drop(DROP_QUARANTINE, 1);
	return false;
}

void quarantine_went_well(struct handler *handler, uint32_t state)
{
	/* Unless it has failed meanwhile, in another thread. */
	__atomic_compare_exchange_n(&handler->state, &state, 0, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static uint64_t begin_pause(struct handler *handler, bool again, uint64_t now)
{
	uint64_t pause = handler->pause_first, next;

	if (again)
		pause = load_relaxed(&handler->pause);
	next = pause * 2;
	if (next > handler->pause_longest)
		next = handler->pause_longest;
	store_relaxed(&handler->pause, next);
	store_relaxed(&handler->resume, now + pause);
	return pause;
}

uint64_t quarantine_failed(struct handler *handler, uint32_t began,
			   uint64_t now)
{
	uint32_t state = load_relaxed(&handler->state), next;
	bool tried = began & HANDLER_PAUSED;
	uint64_t pause;

	do {
		pause = 0;
		next = state;
		if (state / HANDLER_FAILURE < QUARANTINE_FAILURES_MAX)
			next += HANDLER_FAILURE;
		/* Calls that began before a pause do not prolong it. */
		if (next / HANDLER_FAILURE < handler->failures_max ||
		    ((state & HANDLER_PAUSED) && !tried))
			continue;
		pause = begin_pause(handler, tried, now);
		next |= HANDLER_PAUSED;
		/* Pairs with quarantine_may_call(). */
	} while (!__atomic_compare_exchange_n(&handler->state, &state, next,
					      false, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	return pause;
}
