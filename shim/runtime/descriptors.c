/*
 * descriptors.c - a descriptor table for the exporter's thread.
 *
 * Descriptors 0 to 2 hold an eventfd each, so that nothing else gets these
 * numbers and a stray write comes to nothing.
 */
#include "runtime/descriptors.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static struct {
	bool separate;
	int process; /* pidfd of our own process; -1: nothing to borrow */
} table;

/* Where a filter is in force, a call that it does not know may be death. */
static bool is_filtered(void)
{
	return sys_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0, 0) != 0;
}

static int hold_place(void)
{
	return (int)sys_call(SYS_eventfd2, 0, O_CLOEXEC, 0, 0, 0, 0);
}

/* There is no way back, and what is opened in the host's table changes the
 * numbers of the host's next descriptors: so asked with flags that no kernel
 * knows. */
static bool is_supported(void)
{
	return sys_call(SYS_pidfd_open, sys_getpid(), UINT_MAX, 0, 0, 0, 0) ==
		       -EINVAL &&
	       sys_call(SYS_pidfd_getfd, -1, 2, UINT_MAX, 0, 0, 0) == -EINVAL;
}

bool descriptors_separate(void)
{
	int i;

	if (is_filtered() || !is_supported())
		return false;
	if (sys_call(SYS_close_range, 0, UINT_MAX, CLOSE_RANGE_UNSHARE, 0, 0,
		     0) != 0)
		return false;
	for (i = 0; i < 3; i++)
		hold_place();
	table.process =
		(int)sys_call(SYS_pidfd_open, sys_getpid(), 0, 0, 0, 0, 0);
	table.separate = true;
	return true;
}

void descriptors_are_ours(void)
{
	table.process = -1;
	table.separate = true;
}

bool descriptors_are_separate(void)
{
	return table.separate;
}

/* Not kept: the host may close its own at any time, to let the reader see the
 * end of a pipe, say. */
void descriptors_borrow(void)
{
	int fd;

	if (!table.separate || table.process < 0)
		return;
	fd = (int)sys_call(SYS_pidfd_getfd, table.process, 2, 0, 0, 0, 0);
	if (fd < 0)
		return;
	sys_call(SYS_dup3, fd, 2, O_CLOEXEC, 0, 0, 0);
	sys_close(fd);
}

void descriptors_give_back(void)
{
	if (table.separate && table.process >= 0)
		sys_call(SYS_dup3, 0, 2, O_CLOEXEC, 0, 0, 0);
}

void descriptors_forget(void)
{
	table.separate = false;
}
