/*
 * poller_thread.c - the thread of the pollers: when it begins and ends.
 *
 * It shares the program's descriptor table, blocks all signals, and is gone
 * around whatever a second thread would be in the way of.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/thread.h"
#include "event/span.h"
#include "runtime/exporter.h"
#include "runtime/exporter_thread.h"
#include "runtime/poller.h"
#include "runtime/spawn.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define RETRY (10000 * MS) /* after there could be no thread */
#define GONE_STEP (MS / 20)

enum { THREAD_NONE, THREAD_RUNNING };

static struct {
	uint32_t state;	  /* futex */
	uint32_t request; /* POLLER_ bits; futex, the thread sleeps on it */
	uint32_t tid;	  /* of the thread, or of the last one */
	bool main_began;
	int refusal;	/* 0, or why there will be no other */
	uint64_t retry; /* not before */
} thread;

static bool claim(void)
{
	uint32_t none = THREAD_NONE;

	/* Pairs with exporter_set() in run(): what the thread before did is
	 * seen. */
	return __atomic_compare_exchange_n(&thread.state, &none, THREAD_RUNNING,
					   false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static void post(uint32_t request)
{
	/* Pairs with load_acquire() in poll() and poller_run(). */
	__atomic_fetch_or(&thread.request, request, __ATOMIC_RELEASE);
	sys_futex_wake(&thread.request, 1);
}

bool poller_is_here(void)
{
	return load_relaxed(&thread.state) == THREAD_RUNNING &&
	       load_relaxed(&thread.tid) == (uint32_t)sys_gettid();
}

int poller_refusal(void)
{
	return load_relaxed(&thread.refusal);
}

/* Until there is no poller, or somebody wants it to end. */
static void poll(void)
{
	for (;;) {
		uint64_t next = poller_run(clock_ns(), &thread.request);

		if (next == UINT64_MAX)
			return;
		exporter_wait(&thread.request, 0, next);
		/* Pairs with post(). */
		if (load_acquire(&thread.request) & POLLER_STOP)
			return;
		__atomic_fetch_and(&thread.request, ~(uint32_t)POLLER_LOOK,
				   __ATOMIC_RELAXED);
	}
}

/* What its functions have left open ends with the thread. */
static void leave_guest(void)
{
	struct thread *t = &thread_self;

	if (t->state == THREAD_OURS)
		return;
	span_close_all(t, &SYM_kind_exit);
	thread_guest_end(t);
}

static void *run(void *unused)
{
	(void)unused;
	thread_is_ours();
	store_relaxed(&thread.tid, (uint32_t)sys_gettid());
	sys_call(SYS_prctl, PR_SET_NAME, (long)"telemetry-poll", 0, 0, 0, 0);
	do {
		poll();
		leave_guest();
		__atomic_fetch_and(&thread.request, ~(uint32_t)POLLER_LOOK,
				   __ATOMIC_RELAXED);
		exporter_set(&thread.state, THREAD_NONE);
		/* One was added in between by somebody who saw a thread.  Pairs
		 * with poller_wake(). */
	} while (!(load_acquire(&thread.request) & POLLER_STOP) &&
		 poller_is_wanted() && claim());
	return NULL;
}

static void start(void)
{
	int error;

	if (!claim())
		return;
	/* The process may have begun to end in between. */
	if (poller_refusal()) {
		exporter_set(&thread.state, THREAD_NONE);
		return;
	}
	__atomic_fetch_and(&thread.request, ~(uint32_t)POLLER_STOP,
			   __ATOMIC_RELAXED);
	error = spawn_thread(run);
	if (!error)
		return;
	exporter_set(&thread.state, THREAD_NONE);
	store_relaxed(&thread.retry, clock_ns() + RETRY);
	store_relaxed(&exporter_pending, 1);
	log_warn("no thread to poll with: error %d; trying again later",
		 -error);
}

static bool may_start(void)
{
	return load_relaxed(&thread.main_began) && !poller_refusal();
}

void poller_wake(void)
{
	post(POLLER_LOOK);
	if (poller_is_wanted() && may_start())
		start();
}

bool poller_is_due(void)
{
	return poller_is_wanted() && may_start() &&
	       load_relaxed(&thread.state) == THREAD_NONE;
}

void poller_look(void)
{
	if (!poller_is_due())
		return;
	if (clock_ns() < load_relaxed(&thread.retry) || !spawn_is_safe())
		store_relaxed(&exporter_pending, 1);
	else
		start();
}

void poller_main_begins(void)
{
	store_relaxed(&thread.main_began, true);
	if (poller_is_wanted() && !poller_refusal())
		start();
}

/* One that is still on its way out makes unshare() fail. */
static bool wait_gone(uint64_t end)
{
	static uint32_t never;
	uint32_t tid = load_relaxed(&thread.tid);

	while (tid != 0 &&
	       sys_call(SYS_tgkill, sys_getpid(), tid, 0, 0, 0, 0) == 0) {
		uint64_t now = clock_ns();

		if (now >= end)
			return false;
		exporter_wait(&never, 0, now + GONE_STEP);
	}
	return true;
}

bool poller_pause(int timeout_ms)
{
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * MS;

	if (load_relaxed(&thread.state) == THREAD_NONE)
		return true;
	post(POLLER_STOP);
	if (poller_is_here() ||
	    !exporter_wait(&thread.state, THREAD_RUNNING, end) ||
	    !wait_gone(end))
		return false;
	store_relaxed(&exporter_pending, 1);
	return true;
}

void poller_end(int timeout_ms, int refusal)
{
	store_relaxed(&thread.refusal, refusal);
	poller_pause(timeout_ms);
}

void poller_after_fork(void)
{
	thread.state = THREAD_NONE;
	thread.request = 0;
	thread.tid = 0;
	if (thread.refusal == -EAGAIN)
		thread.refusal = 0;
	poller_forget();
}
