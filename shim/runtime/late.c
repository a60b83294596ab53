/*
 * late.c - see late.h.
 *
 * The definitions are parsed and attached, the names of spans made, and the
 * kernel asked for its clock, by the first thread that needs them.  It holds
 * the lock of the handler table meanwhile: forks wait for it, and so do other
 * threads' first calls.  Signals are blocked: a handler that jumped out of it
 * would leave it half done.
 */
#include "runtime/late.h"

#include "base/clock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "event/event.h"
#include "runtime/definitions.h"
#include "runtime/settings.h"
#include "wrap/families.h"

#include <signal.h>
#include <sys/syscall.h>

/* NULL: nothing waits. */
static const struct config *waiting;

static void found_wanted(const char *origin UNUSED, const char *text UNUSED,
			 void *arg)
{
	*(bool *)arg = true;
}

bool late_put_off(const struct config *config)
{
	bool configured = config->metrics || config->definitions ||
			  settings_get("TELEMETRY_RECORD") ||
			  config_wants_takes(config);

	if (!configured)
		config_each_wanted(config, found_wanted, &configured);
	if (!configured)
		waiting = config;
	return !configured;
}

static bool catch_up(void)
{
	bool nested;

	if (event_lock(&nested) != 0) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	if (waiting) {
		clock_use_tsc();
		definitions_add(waiting);
		wrap_catch_up();
		api_set_state(API_ON);
		/* Pairs with late_catch_up(). */
		store_release(&waiting, NULL);
	}
	event_unlock(nested);
	return true;
}

#define BIT(signal) (1ull << ((signal)-1))
#define FAULTS                                                                 \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP))

static uint64_t set_mask(uint64_t mask)
{
	uint64_t before = 0;

	sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&before,
		 sizeof(mask), 0, 0);
	return before;
}

bool late_catch_up(void)
{
	uint64_t mask;
	bool done;

	/* Pairs with catch_up(). */
	if (likely(!load_acquire(&waiting)))
		return true;
	mask = set_mask(~FAULTS);
	done = catch_up();
	set_mask(mask);
	return done;
}
