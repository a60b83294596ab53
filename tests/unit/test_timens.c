/*
 * test_timens.c - what a process takes for its clocks, in time namespaces.
 */
#include "base/timens.h"

#include "base/segment.h"
#include "test.h"

#include <fcntl.h>
#include <sched.h>

#define SECOND 1000000000ll

/* In a child, first of its pid namespace, whose clock is ahead by so much. */
static void run_ahead(int seconds, void (*fn)(void))
{
	char text[32];
	int fd, status;
	pid_t pid;

	if (unshare(CLONE_NEWTIME | CLONE_NEWPID) != 0)
		SKIP("no time namespaces here");
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	snprintf(text, sizeof(text), "monotonic %d 5", seconds);
	CHECK(write(fd, text, strlen(text)) > 0);
	close(fd);
	pid = fork();
	if (pid == 0) {
		CHECK_INT(getpid(), 1);
		segment_after_fork();
		fn();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

static void inner(void)
{
	CHECK_INT(timens_monotonic(), 300 * SECOND + 5);
}

static void outer(void)
{
	CHECK_INT(timens_monotonic(), 100 * SECOND + 5);
	run_ahead(300, inner);
	/* It is for children only. */
	CHECK_INT(timens_monotonic(), 100 * SECOND + 5);
}

/* Also one that cannot be told from its parent by its id. */
TEST(a_child_has_clocks_of_its_own)
{
	int64_t here = timens_monotonic();

	run_ahead(100, outer);
	CHECK_INT(timens_monotonic(), here);
}
