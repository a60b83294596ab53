/*
 * exporter_last.c - the last report of a process, on the exporter's thread.
 *
 * Somebody waits for it (exporter.c), until a deadline.
 */
#include "base/clock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "runtime/exporter.h"
#include "runtime/exporter_thread.h"
#include "runtime/group_lock.h"
#include "runtime/loader.h"
#include "runtime/members.h"
#include "runtime/report.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int exporter_patience(void)
{
	uint64_t now = clock_ns(), deadline = load_relaxed(&exporter.deadline);

	/* Nobody waits yet. */
	if (!deadline)
		return (int)exporter.config->exit_timeout_ms;
	return now < deadline ? (int)((deadline - now) / MS) : 0;
}

size_t exporter_open_reporters(void)
{
	size_t count;

	if (loader_is_open())
		return loader_count();
	if (load_relaxed(&exporter.ending))
		loader_skip_listeners();
	exporter_set(&exporter.loading, 1);
	count = loader_open();
	exporter_set(&exporter.loading, 0);
	return count;
}

/* Another process may be at its last report: that is soon over.  One that
 * exports for long will take what is left behind.  Where there can be no lock,
 * there is no group to share. */
static bool take_group(void)
{
	static uint32_t never;
	int error;

	for (;;) {
		error = segment_path() ? group_lock_take(GROUP_LOCK_BRIEF) : 0;
		if (error != -EAGAIN)
			return error != -EBUSY;
		if (exporter_patience() < 2)
			return false;
		exporter_wait(&never, 0, clock_ns() + MS);
	}
}

/* With the lock, which is free afterwards. */
static void report_last(void)
{
	bool is_done = true;

	if (exporter_open_reporters())
		is_done = report_final(exporter_patience);
	else
		report_nothing();
	if (is_done)
		segment_leave(exporter.status, true);
	group_lock_drop();
}

/* Has whoever had the lock not been here? */
static bool is_unreported(void)
{
	const char *path = segment_path();

	return path && segment_header()->state != SEGMENT_REPORTED &&
	       sys_call(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0, 0, 0) ==
		       0;
}

/* Somebody who exports ends just now. */
static bool outlasts_exporter(void)
{
	static uint32_t never;

	while (segment_path() && members_others_end() &&
	       exporter_patience() >= 2) {
		if (group_lock_take(GROUP_LOCK_BRIEF) == 0)
			return true;
		exporter_wait(&never, 0, clock_ns() + MS);
	}
	return segment_path() && group_lock_take(GROUP_LOCK_BRIEF) == 0;
}

/*
 * Of two that end at once, the one with the lock may see the other still run,
 * and the other one may see the lock taken for long.  So each says that it has
 * left before it looks: one of the two sees that of the other.
 */
void exporter_last_report(void)
{
	bool is_hosted = exporter_is_hosted();
	bool has_left =
		segment_header() && segment_header()->state != SEGMENT_RUNNING;
	bool is_taken =
		!is_hosted && take_group() && (!has_left || is_unreported());

	/* Only now: one that has left is reported by whoever has the lock. */
	if (!has_left)
		segment_leave(exporter.status, false);
	if (is_taken)
		report_last();
	else if (is_hosted)
		loader_close();
	else if (outlasts_exporter() && is_unreported())
		report_last();
	group_lock_drop();
	exporter_set(&exporter.finished, 1);
}
