/*
 * exporter_host.c - the exporter as a program of its own.
 *
 * The same rounds as in a process of the group, without what that has to mind:
 * the descriptors are ours, nobody forks, and there is no standby, because
 * whoever started this program starts it again.
 */
#include "runtime/exporter_host.h"

#include "base/clock.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/thread.h"
#include "runtime/descriptors.h"
#include "runtime/exporter.h"
#include "runtime/exporter_thread.h"
#include "runtime/group.h"
#include "runtime/group_life.h"
#include "runtime/group_lock.h"
#include "runtime/group_marks.h"
#include "runtime/groups.h"
#include "runtime/loader.h"
#include "runtime/poller_group.h"
#include "runtime/report.h"

#include <errno.h>

#define PAUSE_FIRST MS /* while the lock changes hands; doubled up to this: */
#define PAUSE_LAST (64 * MS)
#define TELL_AFTER (1000 * MS) /* somebody's last report takes less */

void exporter_host_init(const struct config *config)
{
	exporter.hosts = true;
	exporter_init(config);
	exporter_claim();
	store_relaxed(&exporter.tid, (uint32_t)sys_gettid());
	descriptors_are_ours();
	report_for_host();
	thread_is_ours();
}

void exporter_host_end(void)
{
	exporter_post(REQUEST_FINISH);
}

static bool is_ending(void)
{
	/* Pairs with exporter_post(). */
	return load_acquire(&exporter.request) & REQUEST_FINISH;
}

/* The folder of all groups, whose lock says who exports them. */
static struct group folder;

/* The folder is there, and says whose the group is, or whose all are. */
static int claim(void)
{
	int error = segment_file_make_directory();

	if (error)
		return error;
	/* It has lived on, with or without processes. */
	if (group_is_hosted())
		group_life_met();
	return group_mark(GROUP_HOSTED);
}

/* `error` is why the lock was not to be had. */
static void wait_once(int error, uint64_t *pause)
{
	int fd = error == -EBUSY ? group_standby_watch() : -ENXIO;

	if (fd >= 0) {
		exporter_sleep_on(fd, UINT64_MAX);
		return;
	}
	exporter_sleep_on(-1, clock_ns() + *pause);
	*pause = *pause < PAUSE_LAST ? *pause * 2 : PAUSE_LAST;
}

static int take_lock(void (*waits)(void))
{
	uint64_t pause = PAUSE_FIRST, begin = clock_ns();
	int error;

	while ((error = group_lock_take(GROUP_LOCK_LONG)) == -EBUSY ||
	       error == -EAGAIN) {
		if (is_ending())
			return -EINTR;
		if (waits &&
		    (error == -EBUSY || clock_ns() - begin > TELL_AFTER)) {
			waits();
			waits = NULL;
		}
		loader_has_predecessor();
		wait_once(error, &pause);
	}
	return error;
}

static int begin(void)
{
	if (exporter_open_reporters() == 0 &&
	    loader_retry(clock_ns()) == UINT64_MAX)
		return -ENOEXEC;
	poller_group_begin(exporter.config, clock_ns());
	return 0;
}

int exporter_host_take(void (*waits)(void))
{
	int error = claim();

	if (!error)
		error = take_lock(waits);
	return error ? error : begin();
}

int exporter_host_take_all(const char *root, void (*waits)(void))
{
	bool hosted;
	int error;

	folder.directory = (char *)(uintptr_t)root;
	group_choose(&folder);
	hosted = group_is_marked(GROUP_HOSTED);
	error = claim();
	if (!error)
		error = take_lock(waits);
	groups_begin(root, hosted, waits);
	if (error)
		return error;
	groups_look();
	return begin();
}

/* Somebody may have removed the folder under /dev/shm: what comes after that
 * has a new one. */
static void keep_folder(void)
{
	group_choose(groups_are_many() ? &folder : NULL);
	if (!group_is_marked(GROUP_HOSTED)) {
		group_lock_drop();
		if (claim() == 0)
			take_lock(NULL);
	}
	group_choose(NULL);
}

void exporter_host_run(void)
{
	uint64_t pause = EXPORTER_PAUSE, next = 0;

	while (!is_ending()) {
		keep_folder();
		next = exporter_round(&pause);
		if (next > groups_next())
			next = groups_next();
		exporter_sleep(next);
	}
}

void exporter_host_finish(void)
{
	store_relaxed(&exporter.deadline,
		      clock_ns() + exporter.config->exit_timeout_ms * MS);
	report_host_ends(exporter_patience);
	segment_leave(0, false);
	groups_drop();
	group_choose(&folder);
	group_lock_drop();
	group_choose(NULL);
	group_lock_drop();
}

static int release_one(void)
{
	int error = group_lock_take(GROUP_LOCK_BRIEF);

	if (error)
		return error == -EAGAIN ? -EBUSY : error;
	group_unmark(GROUP_HOSTED);
	group_life_met();
	report_release();
	group_lock_drop();
	return 0;
}

int exporter_host_release(void)
{
	if (!group_is_marked(GROUP_HOSTED) && group_is_hosted())
		return -EPERM;
	return release_one();
}

static struct {
	void (*fails)(int error);
	int error;
} releasing;

static void release_each(void)
{
	int error = release_one();

	if (!error)
		return;
	releasing.error = error;
	releasing.fails(error);
}

int exporter_host_release_all(const char *root, void (*fails)(int error))
{
	int error;

	folder.directory = (char *)(uintptr_t)root;
	group_choose(&folder);
	error = group_lock_take(GROUP_LOCK_BRIEF);
	if (error == -ENOENT)
		return 0;
	if (error) {
		fails(error);
		return error;
	}
	group_unmark(GROUP_HOSTED);
	releasing.fails = fails;
	groups_visit(root, release_each);
	group_choose(&folder);
	group_lock_drop();
	return releasing.error;
}
