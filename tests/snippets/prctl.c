/*
 * prctl(): arguments of each kind, and what it may take away: the time stamp
 * counter, and every system call but four.
 */
#include "lib/replay.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void without_clock(int fd)
{
	CALL(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0));
	CALL(send(fd, "hello", 5, 0));
	CALL(prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0));
}

static void without_system_calls(int fd)
{
	CALL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
	CALL(write(fd, "hello", 5));
	/* A descriptor that the shim has not seen yet. */
	CALL(write(1, "", 0));
	free(malloc(100));
	syscall(SYS_exit, 3);
}

static void without_privileges(int fd)
{
	CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CALL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CALL(send(fd, "hello", 5, 0));
}

SNIPPET(prctl, .forks = 1)
{
	char name[17] = "";
	int pair[2], value = -1;

	open_pair(pair);
	IN_CHILD(CALL(prctl(PR_SET_NAME, "replayed", 0, 0, 0));
		 CALL(prctl(PR_GET_NAME, name, 0, 0, 0));
		 show_text("name", name));
	CALL(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	CALL(prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0));
	show("signal", value);
	CALL(prctl(123456, 1, 2, 3, 4));
	CALL(prctl(PR_GET_NAME, bad_pointer(), 0, 0, 0));
	CALL(prctl(PR_SET_PDEATHSIG, 1000, 0, 0, 0));
	IN_CHILD(without_clock(pair[0]));
	IN_CHILD(without_privileges(pair[0]));
	IN_CHILD(without_system_calls(pair[0]));
	drop_pair(pair);
}
