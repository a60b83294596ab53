/*
 * role.c - what this process is in its group, and its orderly end.
 *
 * Runs on threads of the host, in whatever state they are: raw system calls
 * only.  The report itself is the exporter's.
 */
#include "runtime/role.h"

#include "base/clock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"
#include "runtime/exporter.h"
#include "runtime/exporter_thread.h"
#include "runtime/group_lock.h"
#include "runtime/members.h"
#include "runtime/poller.h"
#include "wrap/process.h"

#include <errno.h>
#include <fcntl.h>

#define EXEC_PATIENCE_MS 100
/* How often an ending process looks for what others have abandoned. */
#define PRUNE_EVERY 64

/* The process that has ended its part; a child of it has not. */
static uint32_t left_pid;
/* The same, once it has done it. */
static uint32_t decided_pid;
#define DECIDE_NS                                                              \
	100000000ull /* to see whether there is a report to wait for */

/* False in the child of a vfork or of a raw fork, which has our memory, or a
 * copy, but not our segment. */
static bool is_own_segment(void)
{
	const struct segment_header *header = segment_header();

	return exporter_config() && header &&
	       header->pid == (uint32_t)sys_getpid();
}

static bool has_left(void)
{
	return load_relaxed(&left_pid) == segment_header()->pid;
}

/* What this process recorded before it became this program; not what another
 * one of this pid left when it crashed. */
static void unlink_former(void)
{
	struct member former = { .pid = segment_header()->pid };
	uint32_t generation = segment_header()->generation;
	char path[MEMBERS_PATH];

	for (; former.n < generation; former.n++) {
		if (!members_look(&former) || !former.left)
			continue;
		members_path(path, sizeof(path), former.pid, former.n);
		sys_unlinkat(AT_FDCWD, path, 0);
	}
}

/* Now and then: a look at how much waits for somebody to report it. */
static void prune(uint32_t limit)
{
	uint32_t pruned;

	if ((uint32_t)sys_getpid() % PRUNE_EVERY != 0)
		return;
	pruned = members_prune(limit);
	if (pruned)
		log_warn("%s: more than %u segments that nobody has reported; "
			 "the %u oldest are gone",
			 segment_directory(), limit, pruned);
}

/* Nobody is there to read it, or ever will be. */
static void leave_unread(int status)
{
	if (group_lock_is_taken()) {
		segment_leave((uint32_t)status, false);
		return;
	}
	if (segment_path())
		unlink_former();
	segment_leave((uint32_t)status, true);
	prune(MEMBERS_ABANDONED);
}

/* For an ancestor or telemetry-host; counted while the header is still ours to
 * count in. */
static void leave_behind(int status)
{
	prune(MEMBERS_WAITING);
	segment_leave((uint32_t)status, false);
}

/* An ancestor that made its last report meanwhile may have seen this process
 * run; one of the two sees that the other has left. */
static void leave_to_ancestor(int status)
{
	leave_behind(status);
	if (!members_have_ancestor())
		exporter_finish((uint32_t)status);
}

static void leave(int status)
{
	/* Without a file nobody else can report it. */
	bool is_private = segment_path() == NULL;

	if (exporter_is_quiet())
		segment_leave((uint32_t)status, false);
	else if (exporter_is_hosted() && !exporter_is_running())
		leave_behind(status);
	else if (!exporter_config()->reporters)
		leave_unread(status);
	else if (is_private || exporter_is_running() ||
		 !members_have_ancestor())
		exporter_finish((uint32_t)status);
	else
		leave_to_ancestor(status);
}

/* Another thread has begun; if it is about to report, this one waits for the
 * report too, or the process would be gone before.  Bounded: that thread may be
 * this one, interrupted by a signal. */
static void leave_too(int status, uint32_t pid)
{
	static uint32_t never;
	uint64_t end = clock_ns() + DECIDE_NS;

	while (load_relaxed(&decided_pid) != pid && !exporter_is_finishing() &&
	       clock_ns() < end)
		exporter_wait(&never, 0, clock_ns() + DECIDE_NS / 100);
	if (exporter_is_finishing())
		exporter_finish((uint32_t)status);
}

void role_leaving(int status)
{
	int saved = errno;
	uint32_t pid;

	/* Before a handler of the host takes away what its functions use. */
	if (exporter_config() && !process_is_borrowed())
		poller_end((int)exporter_config()->exit_timeout_ms, -EAGAIN);
	if (is_own_segment()) {
		pid = segment_header()->pid;
		if (__atomic_exchange_n(&left_pid, pid, __ATOMIC_RELAXED) !=
		    pid) {
			leave(status);
			store_relaxed(&decided_pid, pid);
		} else {
			leave_too(status, pid);
		}
	}
	errno = saved;
}

void role_left_otherwise(void)
{
	if (is_own_segment() && !has_left())
		role_leaving(0);
}

void role_exec(void)
{
	int saved = errno;

	if (is_own_segment() && !has_left()) {
		exporter_stop(EXEC_PATIENCE_MS);
		segment_leave(0, false);
	}
	errno = saved;
}

void role_exec_failed(void)
{
	struct segment_header *header = segment_header();

	if (!is_own_segment() || has_left())
		return;
	header->left_monotonic = 0;
	/* Pairs with segment_leave(): readers may have seen the other state,
	 * and not taken this process for one that will report. */
	store_release(&header->state, (uint32_t)SEGMENT_RUNNING);
}

/* Without: it is made with the first thing that is counted. */
static bool join(void)
{
	struct thread *t = &thread_self;

	if (!exporter_config() || !thread_claim(t))
		return false;
	segment_make();
	thread_release(t);
	return true;
}

/* A program that does nothing that is wrapped is one of the group, too. */
void role_starting(void)
{
	join();
	exporter_main_begins();
	poller_main_begins();
}

/* The file is the group's only if it is made by now. */
void role_user_changes(void)
{
	/* Cannot be seen afterwards. */
	if (join())
		exporter_is_hosted();
}

void role_single_threaded(void)
{
	int timeout;

	if (!exporter_config())
		return;
	timeout = (int)exporter_config()->exit_timeout_ms;
	exporter_stop(timeout);
	if (!process_is_borrowed())
		poller_pause(timeout);
}
