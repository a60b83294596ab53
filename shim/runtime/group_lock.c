/*
 * group_lock.c - the file and the descriptor of the group's lock.
 *
 * A held lock is the only descriptor that the shim ever keeps, and only in a
 * process that exports for long.  It is kept out of the way of the host's, and
 * never used or closed without a look at what it is now.
 */
#include "runtime/group_lock.h"

#include "base/buf.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "runtime/group_life.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OUT_OF_THE_WAY 4096

static struct {
	int fd; /* valid if held */
	bool held;
	uint64_t device, inode;
} lock;

static int open_lock(int flags)
{
	char path[1200]; /* base/segment_file.c bounds it */
	struct buf b = BUF(path);

	buf_printf(&b, "%s/lock", segment_directory());
	return segment_file_open(AT_FDCWD, path, flags, 0600);
}

/* The highest number that is likely to be free; the old one is closed. */
static int move_up(int fd)
{
	uint64_t limit[2] = { 256, 256 }; /* soft and hard */
	uint64_t wanted;
	long moved;

	sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)limit, 0, 0);
	wanted = limit[0] < OUT_OF_THE_WAY ? limit[0] : OUT_OF_THE_WAY;
	wanted = wanted > 16 ? wanted - 8 : 3;
	moved = sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, (long)wanted, 0, 0, 0);
	if (moved < 0)
		return fd;
	sys_close(fd);
	return (int)moved;
}

/* Somebody has it: the file's size is 1 if for long. */
static int read_holder(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) == 0 && st.st_size > 0 ? -EBUSY : -EAGAIN;
}

int group_lock_take(enum group_lock_hold hold)
{
	struct stat st;
	int fd, error;

	if (group_lock_is_held())
		return 0;
	fd = open_lock(O_RDWR | O_CREAT);
	if (fd < 0)
		return fd;
	error = sys_flock(fd, LOCK_EX | LOCK_NB);
	if (error == -EWOULDBLOCK) {
		group_life_met();
		error = read_holder(fd);
	}
	if (!error)
		error = sys_fstat(fd, &st);
	if (error) {
		sys_close(fd);
		return error;
	}
	/* No room for one byte: others may wait in vain for a moment. */
	sys_ftruncate(fd, hold == GROUP_LOCK_LONG);
	lock.fd = hold == GROUP_LOCK_LONG ? move_up(fd) : fd;
	lock.device = st.st_dev;
	lock.inode = st.st_ino;
	lock.held = true;
	return 0;
}

static bool is_ours(void)
{
	struct stat st;

	return sys_fstat(lock.fd, &st) == 0 && st.st_dev == lock.device &&
	       st.st_ino == lock.inode;
}

bool group_lock_is_held(void)
{
	if (lock.held && !is_ours())
		lock.held = false;
	return lock.held;
}

void group_lock_drop(void)
{
	if (!group_lock_is_held())
		return;
	/* A copy of the descriptor in a child must not keep the lock. */
	sys_ftruncate(lock.fd, 0);
	sys_flock(lock.fd, LOCK_UN);
	sys_close(lock.fd);
	lock.held = false;
}

void group_lock_after_fork(void)
{
	if (group_lock_is_held())
		sys_close(lock.fd);
	lock.held = false;
}

bool group_lock_is_taken(void)
{
	int fd = open_lock(O_RDONLY), error;

	if (fd < 0)
		return false;
	/* Shared: two that ask at once do not take each other for a holder. */
	error = sys_flock(fd, LOCK_SH | LOCK_NB);
	sys_close(fd);
	return error == -EWOULDBLOCK;
}
