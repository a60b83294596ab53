/*
 * group_lock.c - the group's lock, and how its holder shows that it lives.
 *
 * What is held for long is held by a process that exports: beside the lock the
 * read end of a FIFO.  Whoever waits for the end of the exporter holds a write
 * end, and poll() tells it that the last reader is gone, however that came.
 * Waiting in flock() could be ended by a signal only.
 */
#include "runtime/group_lock.h"

#include "base/buf.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "runtime/group.h"
#include "runtime/group_life.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PATH_SIZE 1200 /* base/segment_file.c bounds the directory */

static int open_file(const char *name, int flags)
{
	char path[PATH_SIZE];
	struct buf b = BUF(path);

	buf_printf(&b, "%s/%s", segment_directory(), name);
	return segment_file_open(AT_FDCWD, path, flags, 0600);
}

/* 0, -EWOULDBLOCK: somebody else has it; or another -errno. */
static int lock_file(struct kept *kept, const char *name, bool for_long)
{
	int fd = open_file(name, O_RDWR | O_CREAT), error;

	if (fd < 0)
		return fd;
	error = sys_flock(fd, LOCK_EX | LOCK_NB);
	if (error) {
		sys_close(fd);
		return error;
	}
	return kept_hold(kept, fd, for_long);
}

static void unlock(struct kept *kept)
{
	/* A copy of the descriptor in a child must not keep the lock. */
	if (kept_is_held(kept))
		sys_flock(kept->fd, LOCK_UN);
	kept_close(kept);
}

/* Does anybody hold this lock, from whatever process? */
static bool is_locked(const char *name)
{
	int fd = open_file(name, O_RDONLY), error;

	if (fd < 0)
		return false;
	/* Shared: two that ask at once do not take each other for a holder. */
	error = sys_flock(fd, LOCK_SH | LOCK_NB);
	sys_close(fd);
	return error == -EWOULDBLOCK;
}

/* ---- the lock ------------------------------------------------------------ */

/* Somebody has it: the file's size is 1 if for long. */
static int read_holder(void)
{
	struct stat st = { 0 };
	int fd = open_file("lock", O_RDONLY);

	if (fd < 0)
		return -EAGAIN;
	sys_fstat(fd, &st);
	sys_close(fd);
	return st.st_size > 0 ? -EBUSY : -EAGAIN;
}

static int open_fifo(int flags)
{
	char path[PATH_SIZE];
	struct buf b = BUF(path);
	struct stat st;
	int fd;

	buf_printf(&b, "%s/alive", segment_directory());
	sys_call(SYS_mknodat, AT_FDCWD, (long)path, S_IFIFO | 0600, 0, 0, 0);
	fd = segment_file_open(AT_FDCWD, path, flags | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	if (sys_fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return fd;
	sys_close(fd);
	return -ENOTSUP;
}

static void show_alive(void)
{
	int fd = open_fifo(O_RDONLY);

	if (fd >= 0)
		kept_hold(&group_here->alive, fd, true);
}

int group_lock_take(enum group_lock_hold hold)
{
	int error;

	if (group_lock_is_held())
		return 0;
	kept_close(&group_here->alive);
	error = lock_file(&group_here->lock, "lock", hold == GROUP_LOCK_LONG);
	if (error == -EWOULDBLOCK) {
		group_life_met();
		return read_holder();
	}
	if (error)
		return error;
	/* No room for one byte: others may wait in vain for a moment. */
	sys_ftruncate(group_here->lock.fd, hold == GROUP_LOCK_LONG);
	if (hold == GROUP_LOCK_LONG)
		show_alive();
	return 0;
}

bool group_lock_is_held(void)
{
	return kept_is_held(&group_here->lock);
}

bool group_lock_is_in_place(void)
{
	char path[PATH_SIZE];
	struct buf b = BUF(path);
	struct stat st;

	buf_printf(&b, "%s/lock", segment_directory());
	return sys_call(SYS_newfstatat, AT_FDCWD, (long)path, (long)&st,
			AT_SYMLINK_NOFOLLOW, 0, 0) == 0 &&
	       st.st_dev == group_here->lock.device &&
	       st.st_ino == group_here->lock.inode;
}

void group_lock_drop(void)
{
	if (group_lock_is_held())
		sys_ftruncate(group_here->lock.fd, 0);
	unlock(&group_here->lock);
	/* Last: whoever sees it gone will find the lock free. */
	kept_close(&group_here->alive);
}

void group_lock_after_fork(void)
{
	kept_close(&group_here->lock);
	kept_close(&group_here->alive);
	kept_close(&group_here->standby);
	kept_close(&group_here->watch);
}

bool group_lock_is_taken(void)
{
	return is_locked("lock");
}

/* ---- the standby --------------------------------------------------------- */

int group_standby_take(void)
{
	return kept_is_held(&group_here->standby)
		       ? 0
		       : lock_file(&group_here->standby, "standby", true);
}

void group_standby_drop(void)
{
	kept_close(&group_here->watch);
	unlock(&group_here->standby);
}

bool group_standby_is_taken(void)
{
	return is_locked("standby");
}

int group_standby_watch(void)
{
	int fd;

	if (kept_is_held(&group_here->watch)) {
		struct pollfd gone = { .fd = group_here->watch.fd };
		struct timespec none = { 0 };

		if (sys_call(SYS_ppoll, (long)&gone, 1, (long)&none, 0, 8, 0) ==
		    0)
			return group_here->watch.fd;
		kept_close(&group_here->watch);
	}
	fd = open_fifo(O_WRONLY);
	if (fd < 0)
		return fd;
	if (kept_hold(&group_here->watch, fd, true))
		return -EBADF;
	return group_here->watch.fd;
}
