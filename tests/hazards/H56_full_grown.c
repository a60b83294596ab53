/*
 * H56: behind a seccomp filter a system call that the program itself never
 * makes is its end.  Memory for what is recorded, asked for when it is needed,
 * is such a call.
 *
 * Technique: prctl() is watched: before a filter the segment gets what it still
 * lacks, and from then on asks for no more.
 *
 * modes: record
 */
#include "hazard_net.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ROUNDS 20000 /* many times what a thread's ring holds */

static const uint32_t killing[] = {
	SYS_openat,	SYS_madvise,	    SYS_ftruncate, SYS_fallocate,
	SYS_mmap,	SYS_prlimit64,	    SYS_getrusage, SYS_readlink,
	SYS_newfstatat, SYS_rt_sigprocmask,
};

static void enter_sandbox(void)
{
	struct sock_filter
		filter[2 * sizeof(killing) / sizeof(*killing) + 2] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				 offsetof(struct seccomp_data, nr)),
		};
	struct sock_fprog program = { 1, filter };
	size_t i;

	for (i = 0; i < sizeof(killing) / sizeof(*killing); i++) {
		filter[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, killing[i], 0, 1);
		filter[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ALLOW);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static void send_some(const int *pair, int count)
{
	char byte;

	while (count-- > 0) {
		CHECK(send(pair[0], "x", 1, 0) == 1);
		CHECK(recv(pair[1], &byte, 1, 0) == 1);
	}
}

/* With so many calls before the filter. */
static int run(int calls_before)
{
	int pair[2], status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pair_of(pair);
		send_some(pair, calls_before);
		enter_sandbox();
		send_some(pair, ROUNDS);
		syscall(SYS_exit_group, 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

int main(void)
{
	printf("%d %d %d %d\n", run(0), run(1), run(20), run(1000));
	shimmed();
	return hazard_end();
}
