/*
 * fork(): both sides, what is shared, handlers around it, and a fork in a fork.
 */
#include "lib/replay.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int value;

static void before(void)
{
	value = 10;
}

static void after_in_child(void)
{
	value++;
}

static void set_handlers(void)
{
	pthread_atfork(before, NULL, after_in_child);
}

static void grandchild(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(5);
	show_status(pid);
}

/* By a filter that the shim does not see coming, for any user. */
static void fail(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	CALL(fork());
}

static void full(void)
{
	exhaust();
	IN_CHILD(CALL_FD(dup(0)));
}

SNIPPET(fork, .span = "libc.process.fork", .full = full, .forks = 1)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	void *block = malloc(100);
	pid_t pid;

	pthread_once(&once, set_handlers);
	pid = fork();
	if (pid == 0) {
		free(block);
		free(malloc(100000));
		_exit(value);
	}
	show_status(pid);
	free(block);
	IN_CHILD(errno = MARK; pid = fork(); if (pid == 0) _exit(errno == MARK);
		 show("errno kept", errno == MARK); show_status(pid));
	IN_CHILD(grandchild());
	IN_CHILD(fail());
}
