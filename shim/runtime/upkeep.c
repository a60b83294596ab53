/*
 * upkeep.c - what becomes of the files of the dead.
 *
 * Why and when is report.c's.
 */
#include "runtime/upkeep.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "runtime/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FOLD_AT_ONCE 128	  /* files; bounds the memory that it takes */
#define FOLD_NS 50000000ull	  /* then somebody may want something else */
#define FOLD_BACK_NS 100000000ull /* after a failure, at first */
#define FOLD_BACK_MAX_NS 60000000000ull

/* False: there is no way into the folder. */
static bool open_members(struct upkeep_look *look,
			 int (*read)(struct member **list))
{
	memset(look, 0, sizeof(*look));
	look->closed = true;
	/* telemetry-host has no segment, others have no file. */
	if (segment_header() && !segment_path())
		return false;
	look->count = read(&look->members);
	look->closed = look->count < 0;
	if (look->closed)
		look->count = 0;
	return !look->closed;
}

static void open_retained(struct upkeep_look *look)
{
	int error = retained_open(&look->retained, look->members, look->count);

	look->unread = error != 0;
	if (error)
		log_warn("%s: what is retained cannot be read: error %d",
			 segment_directory(), -error);
}

void upkeep_open(struct upkeep_look *look)
{
	if (open_members(look, members_read))
		open_retained(look);
}

void upkeep_open_watched(struct upkeep_look *look, bool lazy)
{
	bool is_wanted = !lazy;
	int i;

	if (!open_members(look, members_read_watched))
		return;
	for (i = 0; i < look->count; i++)
		is_wanted |= look->members[i].gone;
	if (is_wanted)
		open_retained(look);
}

void upkeep_close(struct upkeep_look *look)
{
	retained_close(&look->retained);
	members_free(look->members, look->count);
	memset(look, 0, sizeof(*look));
}

bool upkeep_is_alone(const struct upkeep_look *look)
{
	int i;

	for (i = 0; i < look->count; i++)
		if (look->members[i].running &&
		    !members_is_own(&look->members[i]))
			return false;
	return true;
}

/* A child may be about to join the group: it does so with its first event. */
static bool has_children(void)
{
	siginfo_t info;

	return sys_call(SYS_waitid, P_ALL, 0, (long)&info,
			WEXITED | WNOHANG | WNOWAIT, 0, 0) != -ECHILD;
}

bool upkeep_is_last(const struct upkeep_look *look)
{
	return upkeep_is_alone(look) && !has_children();
}

static void unlink_member(const struct member *member)
{
	static LARGE char path[MEMBERS_PATH];

	members_path(path, sizeof(path), member->pid, member->n);
	sys_unlinkat(AT_FDCWD, path, 0);
}

/* ---- folding ---------------------------------------------------------- */

static int choose(struct upkeep_look *look, bool records)
{
	int chosen = 0, i;

	for (i = 0; i < look->count && chosen < FOLD_AT_ONCE; i++) {
		struct member *m = &look->members[i];

		m->fold = m->gone && !m->folded && !members_is_own(m) &&
			  (m->delivered || !records);
		chosen += m->fold;
	}
	return chosen;
}

/* What has been folded is in the file now. */
static int read_again(struct upkeep_look *look)
{
	retained_close(&look->retained);
	return retained_open(&look->retained, look->members, look->count);
}

/* What whoever folded before had no time to remove. */
static void unlink_folded(const struct upkeep_look *look)
{
	int i;

	for (i = 0; i < look->count; i++)
		if (look->members[i].folded)
			unlink_member(&look->members[i]);
}

int upkeep_fold(struct upkeep_look *look, bool records)
{
	struct group *group = group_here;
	uint64_t begin = clock_ns();
	int error = 0, folded = 0, chosen;

	if (look->closed || look->unread || begin < group->fold_after)
		return 0;
	unlink_folded(look);
	while (!error && clock_ns() - begin < FOLD_NS) {
		chosen = choose(look, records);
		if (!chosen)
			break;
		folded += chosen;
		error = retained_fold(&look->retained, look->members,
				      look->count, RETAINED_AS_THEY_ARE);
		if (!error)
			error = read_again(look);
	}
	if (error) {
		if (group->fold_back < FOLD_BACK_MAX_NS)
			group->fold_back = group->fold_back
						   ? group->fold_back * 2
						   : FOLD_BACK_NS;
		group->fold_after = clock_ns() + group->fold_back;
	} else {
		group->fold_back = 0;
	}
	return folded;
}

int upkeep_take_over(struct upkeep_look *look, const struct retained *from,
		     uint64_t group)
{
	int error;

	if (!from->bytes)
		return 0;
	error = retained_take_over(&look->retained, look->members, look->count,
				   from, group);
	return error ? error : read_again(look);
}

/* ---- ends and beginnings ---------------------------------------------- */

/* What has been reported for good: not those that still run. */
void upkeep_unlink_done(struct upkeep_look *look)
{
	int i;

	for (i = 0; i < look->count; i++) {
		const struct member *m = &look->members[i];

		if ((m->done || m->folded) && !m->running && !members_is_own(m))
			unlink_member(m);
	}
}

void upkeep_end_life(struct upkeep_look *look)
{
	upkeep_unlink_done(look);
	retained_forget(&look->retained, look->members, look->count, true);
}

/* Those that ended before this process began are no children of it. */
static void unlink_former(const struct upkeep_look *look)
{
	uint64_t start = segment_process_start();
	int i;

	for (i = 0; i < look->count; i++) {
		const struct member *m = &look->members[i];

		if (m->gone && m->boottime < start)
			unlink_member(m);
	}
}

void upkeep_begin_life(struct upkeep_look *look, bool all)
{
	if (look->retained.bytes)
		retained_forget(&look->retained, look->members, look->count,
				all);
	if (all)
		unlink_former(look);
	upkeep_close(look);
	upkeep_open(look);
}

/* In its header, which has its memory: works on a full tmpfs. */
static void mark_reported(const struct member *member)
{
	const uint32_t state = SEGMENT_REPORTED;
	static LARGE char path[MEMBERS_PATH];
	int fd;

	members_path(path, sizeof(path), member->pid, member->n);
	fd = segment_file_open(AT_FDCWD, path, O_WRONLY, 0);
	if (fd < 0)
		return;
	sys_call(SYS_pwrite64, fd, (long)&state, sizeof(state),
		 offsetof(struct segment_header, state), 0, 0);
	sys_close(fd);
}

void upkeep_keep_reported(struct upkeep_look *look)
{
	int i;

	for (i = 0; i < look->count; i++) {
		struct member *m = &look->members[i];

		if (!m->mine || m->folded || m->running || !m->done)
			continue;
		if (m->gone && !m->reported)
			mark_reported(m);
		m->reported |= m->gone;
		m->delivered = true;
	}
	segment_mark_reported();
	choose(look, true);
	if (!look->unread)
		retained_fold(&look->retained, look->members, look->count,
			      RETAINED_AS_REPORTED);
}
