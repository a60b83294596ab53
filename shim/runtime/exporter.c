/*
 * exporter.c - when the exporter's thread starts and ends.
 *
 * Runs on threads of the host: raw system calls, waits with a limit, and
 * nothing that a signal handler must not do but for spawn_thread(), where it
 * is known that this is none.  What the thread does is exporter_thread.c's.
 */
#include "runtime/exporter.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/sys.h"
#include "runtime/descriptors.h"
#include "runtime/exporter_thread.h"
#include "runtime/group_lock.h"
#include "runtime/group_marks.h"
#include "runtime/loader.h"
#include "runtime/poller.h"
#include "runtime/poller_group.h"
#include "runtime/report.h"
#include "runtime/spawn.h"
#include "runtime/standby.h"
#include "wrap/process.h"

#include <sys/syscall.h>

#define MASK_PAUSE (100 * MS) /* between looks at a mask that forbids it */
#define GROWN_UP (100 * MS)   /* about to block at this age: it lives on */
/* Another process of the group may be gone by then: seldom, if it lives on. */
#define LOOK_AGAIN (10000 * MS)
#define LOOK_SELDOM (60000 * MS)
#define FORK_PATIENCE_MS 50

struct exporter exporter;
HOT_DATA uint32_t exporter_pending;

void exporter_init(const struct config *config)
{
	exporter.config = config;
	exporter.next_look = clock_ns() + GROWN_UP;
	exporter.look_pause = LOOK_AGAIN;
	loader_init(config);
	exporter.wants_live = config_wants_live(config);
	exporter.listens = config_listens(config);
	store_relaxed(&exporter_pending, exporter.wants_live);
}

const struct config *exporter_config(void)
{
	return exporter.config;
}

static void start_live(void)
{
	int error;

	if (!exporter_claim())
		return;
	error = spawn_thread(exporter_run);
	if (!error)
		return;
	exporter_set(&exporter.thread, EXPORTER_NONE);
	log_warn("no thread to export with: error %d; trying again later",
		 -error);
}

bool exporter_is_hosted(void)
{
	if (exporter.hosts)
		return false;
	if (group_is_hosted())
		store_relaxed(&exporter.hosted, true);
	else if (load_relaxed(&exporter.hosted) && group_is_visible())
		store_relaxed(&exporter.hosted, false);
	return load_relaxed(&exporter.hosted);
}

/* Whoever asks it finds it from the first moment on; but a thread in each
 * command of a script, only to see that somebody else has the lock, is too
 * much. */
static void start_listening(void)
{
	if (exporter.listens && !exporter.quiet && !exporter_is_hosted() &&
	    !(segment_path() && group_lock_is_taken()))
		start_live();
}

void exporter_main_begins(void)
{
	spawn_remember_mask();
	if (!exporter.wants_live && poller_group_is_wanted(exporter.config)) {
		exporter.wants_live = true;
		store_relaxed(&exporter_pending, 1);
	}
	/* Noted while it can be seen. */
	if (exporter.wants_live)
		exporter_is_hosted();
	store_relaxed(&exporter.main_began, true);
	start_listening();
}

/* The exporter looks for a standby: the next look is now. */
static void answer_call(void)
{
	struct segment_header *header = segment_header();

	if (likely(!header || !load_relaxed(&header->called)))
		return;
	store_relaxed(&header->called, 0);
	store_relaxed(&exporter.next_look, 0);
}

static void note_look(uint64_t now)
{
	uint64_t pause = load_relaxed(&exporter.look_pause);

	store_relaxed(&exporter.impatient, pause > 2 * LOOK_AGAIN);
	store_relaxed(&exporter.next_look, now + pause);
	store_relaxed(&exporter.look_pause,
		      pause < LOOK_SELDOM ? pause * 2 : pause);
}

/* Seen without a thread: somebody exports, and somebody waits for its end; or
 * that is none of ours to do. */
static bool is_provided_for(void)
{
	return exporter_is_hosted() ||
	       (segment_path() && group_lock_is_taken() &&
		group_standby_is_taken());
}

void exporter_look(void)
{
	uint64_t now;

	if (load_relaxed(&exporter.asleep)) {
		store_relaxed(&exporter_pending, 0);
		exporter_post(REQUEST_LOOK);
		poller_look();
		return;
	}
	poller_look();
	if (!exporter.wants_live) {
		store_relaxed(&exporter_pending, poller_is_due());
		return;
	}
	if (load_relaxed(&exporter.thread) != EXPORTER_NONE || exporter.quiet ||
	    load_relaxed(&exporter.ending) ||
	    !load_relaxed(&exporter.main_began))
		return;
	answer_call();
	now = clock_ns();
	if (now < load_relaxed(&exporter.next_look))
		return;
	if (!spawn_is_safe()) {
		/* It asks the kernel: not at every event. */
		store_relaxed(&exporter.next_look, now + MASK_PAUSE);
		return;
	}
	note_look(now);
	if (!is_provided_for())
		start_live();
}

void exporter_finish(uint32_t status)
{
	int timeout = (int)exporter.config->exit_timeout_ms, error = 0;
	bool is_first =
		!__atomic_exchange_n(&exporter.ending, true, __ATOMIC_RELAXED);

	/* Nobody asks it any more. */
	if (timeout == 0 || (load_relaxed(&exporter.thread) == EXPORTER_NONE &&
			     config_only_listens(exporter.config))) {
		segment_leave(status, false);
		return;
	}
	if (is_first) {
		exporter.status = status;
		store_relaxed(&exporter.deadline,
			      clock_ns() +
				      exporter.config->exit_timeout_ms * MS);
		exporter_post(REQUEST_FINISH);
		if (exporter_claim())
			error = spawn_thread_bounded(exporter_run, timeout);
	}
	if (!error && exporter_wait(&exporter.finished, 0,
				    load_relaxed(&exporter.deadline)))
		return;
	if (!is_first)
		return;
	segment_leave(status, false);
	log_warn("TELEMETRY_EXIT_TIMEOUT: no report within %d ms (error %d); "
		 "what was recorded is left to others",
		 timeout, -error);
}

bool exporter_is_finishing(void)
{
	return load_relaxed(&exporter.ending);
}

bool exporter_is_running(void)
{
	return load_relaxed(&exporter.thread) != EXPORTER_NONE;
}

/* Until the kernel knows the thread no more: one that is still on its way out
 * makes unshare() fail. */
static bool wait_gone(uint64_t end)
{
	static uint32_t never;
	uint32_t tid = load_relaxed(&exporter.tid);

	while (tid != 0 &&
	       sys_call(SYS_tgkill, sys_getpid(), tid, 0, 0, 0, 0) == 0) {
		uint64_t now = clock_ns();

		if (now >= end)
			return false;
		exporter_wait(&never, 0, now + MS / 20);
	}
	return true;
}

bool exporter_stop(int timeout_ms)
{
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * MS;

	/* In a child with our memory it is the parent's, and in no one's
	 * way. */
	if (load_relaxed(&exporter.thread) == EXPORTER_NONE ||
	    process_is_borrowed())
		return true;
	/* It rests until the process is gone. */
	if (load_relaxed(&exporter.finished))
		return false;
	exporter_post(REQUEST_STOP);
	if (!exporter_wait(&exporter.thread, EXPORTER_RUNNING, end) ||
	    !wait_gone(end))
		return false;
	/* A host that does it once may do it again. */
	store_relaxed(&exporter.next_look, clock_ns() + GROWN_UP * 10);
	store_relaxed(&exporter_pending, 1);
	return true;
}

void exporter_quiet(void)
{
	/* The child of a vfork does it to itself. */
	if (!exporter.config || process_shares_memory())
		return;
	store_relaxed(&exporter.quiet, true);
	exporter_stop((int)exporter.config->exit_timeout_ms);
	store_relaxed(&exporter_pending, 0);
}

bool exporter_is_quiet(void)
{
	return load_relaxed(&exporter.quiet);
}

void exporter_before_fork(void)
{
	exporter_wait(&exporter.loading, 1, clock_ns() + FORK_PATIENCE_MS * MS);
}

void exporter_after_fork_parent(void)
{
	if (load_relaxed(&exporter.asleep) || load_relaxed(&exporter.alone))
		exporter_post(REQUEST_LOOK);
}

void exporter_after_fork(void)
{
	if (!exporter.config)
		return;
	descriptors_forget();
	report_after_fork();
	exporter_sleep_forget();
	standby_forget();
	group_lock_after_fork();
	loader_after_fork();
	exporter.thread = EXPORTER_NONE;
	exporter.request = exporter.finished = exporter.loading = 0;
	exporter.asleep = exporter.alone = false;
	exporter.ending = exporter.impatient = false;
	exporter.deadline = 0;
	exporter.next_look = clock_ns() + GROWN_UP;
	exporter.look_pause = LOOK_AGAIN;
	store_relaxed(&exporter_pending,
		      exporter.wants_live && !exporter.quiet);
}
