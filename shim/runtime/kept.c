/*
 * kept.c - descriptors that the host may close or replace.
 */
#include "runtime/kept.h"

#include "base/sys.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OUT_OF_THE_WAY 4096

/* The highest number that is likely to be free; the old one is closed. */
static int to_the_top(int fd)
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

int kept_hold(struct kept *kept, int fd, bool move_up)
{
	struct stat st;
	int error = sys_fstat(fd, &st);

	if (error) {
		sys_close(fd);
		return error;
	}
	kept->fd = move_up ? to_the_top(fd) : fd;
	kept->device = st.st_dev;
	kept->inode = st.st_ino;
	kept->held = true;
	return 0;
}

static bool is_same(const struct kept *kept)
{
	struct stat st;

	return sys_fstat(kept->fd, &st) == 0 && st.st_dev == kept->device &&
	       st.st_ino == kept->inode;
}

bool kept_is_held(struct kept *kept)
{
	if (kept->held && !is_same(kept))
		kept->held = false;
	return kept->held;
}

void kept_close(struct kept *kept)
{
	if (kept_is_held(kept))
		sys_close(kept->fd);
	kept->held = false;
}
