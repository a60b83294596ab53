/*
 * fork.c - keeps the state of all layers whole across forks.
 *
 * fork() runs three handlers of ours.  Registered last of all, because our
 * constructor is early, they run last before and first after it: nobody's
 * handler finds us with locks held.  The child of any other fork (_Fork, a raw
 * system call) finds out by its wiped owner pages, at its first event.
 *
 * A child that emits nothing does nothing: no segment, no system call but one
 * getpid.
 */
#include "runtime/fork.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/rcu.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"
#include "event/event.h"
#include "metric/metric.h"
#include "recorder/ring.h"
#include "runtime/exporter.h"
#include "runtime/poller.h"
#include "wrap/fd.h"
#include "wrap/heap.h"
#include "wrap/process.h"
#include "wrap/redirect.h"

#include <errno.h>
#include <pthread.h>

/* Live bytes of the heap at the last fork; the child begins with them. */
static int64_t live_at_fork;
/* Of this thread's fork: others may be in before() meanwhile. */
static __thread bool prepared;
/* That loaded the program. */
static int program_pid;
/* All locks were had at the last fork. */
static bool whole;

/* Has a signal handler that forks interrupted one?  Who holds liburcu's locks
 * may be waiting for its end. */
static bool is_in_read_section(void)
{
	return thread_self.rcu == RCU_REGISTERED && rcu_inside();
}

/* liburcu first: a grace period that it has to wait for may have to wait for a
 * reader that takes one of our locks.  It also keeps signals and the forks of
 * other threads out until all is given back. */
static void before(void)
{
	int saved = errno;

	/* The child is like that of a raw fork. */
	if (is_in_read_section())
		return;
	thread_before_fork();
	exporter_before_fork();
	rcu_before_fork();
	live_at_fork = heap_live();
	whole = lock_all_acquire();
	prepared = true;
	errno = saved;
}

static void after_in_parent(void)
{
	int saved = errno;

	if (prepared) {
		prepared = false;
		lock_all_release(false);
		rcu_after_fork_parent();
		exporter_after_fork_parent();
		thread_after_fork_parent();
	}
	errno = saved;
}

static void after_in_child(void)
{
	int saved = errno;

	process_pid = sys_getpid();
	if (prepared) {
		prepared = false;
		lock_all_release(true);
		rcu_after_fork_child();
		exporter_after_fork();
		poller_after_fork();
		thread_after_fork_child();
	}
	errno = saved;
}

/* The first event of a child, of whatever kind; under the guard. */
static void begin_child(bool raw)
{
	process_pid = sys_getpid();
	/* Chains of what is retired may be half way from one to the other. */
	if (raw || !whole)
		handlers_keep_retired();
	if (raw) {
		/* liburcu's registry is the parent's, its locks may be held. */
		exporter_after_fork();
		poller_after_fork();
		live_at_fork = 0;
	}
	event_reset_locks();
	redirect_after_fork(raw || !whole);
	segment_after_fork();
	metric_after_fork();
	recorder_after_fork();
	fd_after_fork();
	heap_after_fork(live_at_fork);
	segment_forget_parent();
}

bool fork_happened(void)
{
	return program_pid && program_pid != sys_getpid();
}

void fork_init(void)
{
	program_pid = process_pid = sys_getpid();
	thread_on_fork(begin_child);
	if (pthread_atfork(before, after_in_parent, after_in_child) != 0)
		log_warn("no memory for fork handlers: children of this "
			 "process free no handlers");
}
