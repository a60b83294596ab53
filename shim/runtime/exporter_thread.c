/*
 * exporter_thread.c - the exporter's thread: rounds while its process lives.
 *
 * What is reported is report.c's; whether this process reports at all is
 * role.c's; the last report is exporter_last.c's.
 */
#include "runtime/exporter_thread.h"

#include "base/clock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"
#include "event/event.h"
#include "runtime/descriptors.h"
#include "runtime/exporter.h"
#include "runtime/group_lock.h"
#include "runtime/late.h"
#include "runtime/loader.h"
#include "runtime/members.h"
#include "runtime/poller_group.h"
#include "runtime/report.h"
#include "runtime/serve.h"
#include "runtime/standby.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#define QUIET_MS                                                               \
	1600 /* between looks at the rings when there was none for a while */
#define HOSTED_NS                                                              \
	(250 * MS)    /* between looks whether telemetry-host wants the group */
#define TAKE_TRIES 20 /* of 1 ms: the group's lock may be held for a moment */

bool exporter_claim(void)
{
	uint32_t none = EXPORTER_NONE;

	/* Pairs with exporter_set() in exporter_run(): what the thread before
	 * did is seen. */
	return __atomic_compare_exchange_n(&exporter.thread, &none,
					   EXPORTER_RUNNING, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* When the first reporter wants to be called; UINT64_MAX: none does. */
static uint64_t next_report(uint64_t now)
{
	uint64_t next;
	size_t i, count;

	exporter_open_reporters();
	next = loader_retry(now);
	count = loader_count();
	for (i = 0; i < count; i++) {
		struct loader_reporter *r = loader_at(i);
		int interval = r->ops.report && r->ops.interval
				       ? r->ops.interval(r->self)
				       : 0;

		if (interval <= 0)
			continue;
		if (!r->next_report && report_is_continued())
			r->next_report = now;
		else if (r->next_report <= now)
			r->next_report = now + (uint64_t)interval * MS;
		if (r->next_report < next)
			next = r->next_report;
	}
	return next;
}

static uint64_t next_work(uint64_t now)
{
	uint64_t report = next_report(now), poll = poller_group_next();

	return poll < report ? poll : report;
}

/* No look at the rings when nobody takes records. */
static bool takes_records(void)
{
	size_t i, count = exporter_open_reporters();

	for (i = 0; i < count; i++)
		if (loader_at(i)->takes_records)
			return true;
	return false;
}

static bool is_report_due(uint64_t now)
{
	size_t i, count = exporter_open_reporters();

	for (i = 0; i < count; i++)
		if (loader_at(i)->next_report &&
		    loader_at(i)->next_report <= now)
			return true;
	return false;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Where the looks at the rings do not do it.  Nobody else in the group: the
 * next fork of this process ends the sleep. */
static uint64_t upkeep(uint64_t now)
{
	uint64_t next = segment_path() || exporter.hosts ? report_upkeep(now)
							 : UINT64_MAX;

	store_relaxed(&exporter.alone, next == UINT64_MAX);
	return next;
}

/* A look at the rings: the pause behind it.  *pause grows without traffic. */
static uint64_t look_at_rings(uint64_t *pause, bool *alone)
{
	static uint64_t last; /* when the one before began */
	uint64_t begin = clock_ns(), since = begin - last;
	struct report_news news =
		report_records(exporter_patience, exporter_room(since));

	last = begin;
	*alone = news.alone;
	*pause = news.records ? EXPORTER_PAUSE : *pause * 2;
	return news.records ? exporter_pause(news.most, news.whole, since,
					     clock_ns() - begin)
			    : *pause;
}

/*
 * One round; when to come again.  Without traffic the pauses grow; and when
 * nobody else is in the group either, the next event of this process ends the
 * sleep (exporter_look), and nothing else.
 */
uint64_t exporter_round(uint64_t *pause)
{
	uint64_t now = clock_ns(), next, wait = 0;
	bool alone = false, wants_records = takes_records();

	if (wants_records)
		wait = look_at_rings(pause, &alone);
	else
		report_rest();
	if (is_report_due(now))
		report_interval(now, exporter_patience);
	/* Destroys what belongs to handlers of the host, who may close
	 * files. */
	if (!descriptors_are_separate())
		handlers_reclaim(false);
	poller_group_run(now);
	next = next_work(now);
	if (segment_path() && !exporter.hosts)
		next = lower(next, standby_check(now));
	if (!wants_records)
		return lower(next, upkeep(now));
	if (*pause > QUIET_MS * MS) {
		wait = *pause = QUIET_MS * MS;
		if (alone)
			return next;
	}
	return lower(now + wait, next);
}

static void sleep_until(uint64_t when, bool records)
{
	bool until_told = records && when > clock_ns() + QUIET_MS * MS;

	store_relaxed(&exporter.asleep, until_told);
	if (until_told)
		store_relaxed(&exporter_pending, 1);
	exporter_sleep(when);
	store_relaxed(&exporter.asleep, false);
}

/* Somebody who asks whether it is taken has it for a moment. */
static int take_for_long(void)
{
	static uint32_t never;
	int tries = TAKE_TRIES, error;

	while ((error = group_lock_take(GROUP_LOCK_LONG)) == -EAGAIN && tries--)
		exporter_wait(&never, 0, clock_ns() + MS);
	return error;
}

/* A process that has changed its user or its root, and has no way to the lock
 * any more, exports for itself, unless the one that forked it is there. */
static int take_or_do_without(void)
{
	int error = take_for_long();

	if ((error == -EACCES || error == -ENOENT) && !members_have_ancestor())
		return 0;
	return error;
}

/* An ancestor is asked first; one that listens has been asked for by the first
 * process already. */
static bool is_left_to_ancestor(void)
{
	return !exporter.listens && !exporter.impatient &&
	       members_have_ancestor();
}

/* The exporter of its group, at once or later. */
static bool take_role(void)
{
	int error = 0;

	if (segment_path() && is_left_to_ancestor())
		error = group_lock_is_taken() ? -EBUSY : -EAGAIN;
	else if (segment_path())
		error = take_or_do_without();
	if (error != -EBUSY)
		return !error;
	if (!standby_wait())
		return false;
	loader_has_predecessor();
	return true;
}

/* Somebody else exports for us, or nothing is wanted before the end: false. */
static bool begin_live(void)
{
	if (exporter_is_hosted() || !take_role() || exporter_is_hosted())
		return false;
	standby_forget();
	poller_group_begin(exporter.config, clock_ns());
	if (next_work(clock_ns()) != UINT64_MAX || takes_records() ||
	    serve_is_wanted())
		return true;
	store_relaxed(&exporter_pending, 0);
	return false;
}

/* A process under load has many rounds, and telemetry-host can wait; but not
 * for one that rests. */
static bool is_hosted_by_now(uint64_t next_round)
{
	static uint64_t next;
	uint64_t now = clock_ns();

	if (now < next && next_round < now + HOSTED_NS)
		return load_relaxed(&exporter.hosted);
	next = now + HOSTED_NS;
	return exporter_is_hosted();
}

/* Rounds, until there is a reason to end. */
static void do_rounds(void)
{
	uint64_t pause = EXPORTER_PAUSE, next = 0;
	uint32_t request;

	do {
		sleep_until(next, takes_records());
		/* Pairs with exporter_post(). */
		request = load_acquire(&exporter.request);
		if (request & (REQUEST_STOP | REQUEST_FINISH))
			return;
		if (request & REQUEST_LOOK) {
			__atomic_fetch_and(&exporter.request,
					   ~(uint32_t)REQUEST_LOOK,
					   __ATOMIC_RELAXED);
			pause = EXPORTER_PAUSE;
		}
		/* The host may have closed it, and another have it now. */
		if (segment_path() && take_or_do_without())
			return;
		next = exporter_round(&pause);
	} while (!is_hosted_by_now(next));
}

static void live(void)
{
	descriptors_separate();
	descriptors_borrow();
	if (begin_live())
		do_rounds();
	report_rest();
	/* Pairs with exporter_post(); finish() goes on with all of it. */
	if (load_acquire(&exporter.request) & REQUEST_FINISH)
		return;
	loader_close();
	group_lock_drop();
}

/* The process ends with it.  It does not end before, because libc would free
 * what may not be from the heap (spawn.c). */
static void rest(void)
{
	static uint32_t never;

	exporter_wait(&never, 0, UINT64_MAX);
}

void *exporter_run(void *unused)
{
	(void)unused;
	thread_is_ours();
	/* What is defined is reported, whether it happened or not. */
	late_catch_up();
	store_relaxed(&exporter.tid, (uint32_t)sys_gettid());
	sys_call(SYS_prctl, PR_SET_NAME, (long)"telemetry", 0, 0, 0, 0);
	for (;;) {
		/* Pairs with exporter_post(), as below. */
		if (!(load_acquire(&exporter.request) & REQUEST_FINISH))
			live();
		if (load_acquire(&exporter.request) & REQUEST_FINISH) {
			exporter_last_report();
			rest();
		}
		__atomic_fetch_and(&exporter.request, ~(uint32_t)REQUEST_STOP,
				   __ATOMIC_RELAXED);
		descriptors_forget();
		exporter_sleep_forget();
		exporter_set(&exporter.thread, EXPORTER_NONE);
		/* The last report was asked for in between, and whoever did it
		 * saw a thread: one of the two makes it.  Pairs with
		 * exporter_post(). */
		if (!(load_acquire(&exporter.request) & REQUEST_FINISH) ||
		    !exporter_claim())
			return NULL;
	}
}
