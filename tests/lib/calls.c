/*
 * calls.c - a program for tests of the exporter: makes a known number of calls
 * in each of its processes, and lives until its standard input ends.
 *
 *   calls calls CHILDREN N   each process sends N times
 *   calls steady CHILDREN N  the same, but its children take a break of 1 ms
 *                            after every tenth call
 *   calls storm CHILDREN N   the same, but 8 children at a time; each ends
 *                            when it has sent, every tenth by SIGKILL
 *   calls hostile 0 0        at the first byte of its input: forks, unshares,
 *                            closes all descriptors, listens at these
 *                            numbers; prints "hostile"
 *   calls filtered 0 0       only the last of these, under a system call
 *                            filter from its start, which allows everything
 *
 * Goes on receiving, which is what the shim notices; prints "unchanged" at the
 * end if no descriptor is there that it has not made, and no signal is pending.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int pair[2];

/* The sum of the numbers of all open descriptors and their count. */
static long descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	long sum = 0;

	while ((entry = readdir(dir)))
		sum += 1000 + atol(entry->d_name);
	closedir(dir);
	return sum;
}

static void send_some(long count, int steady)
{
	char byte = 0;

	while (count-- > 0) {
		if (send(pair[0], &byte, 1, 0) != 1 ||
		    recv(pair[1], &byte, 1, 0) != 1)
			abort();
		if (steady && count % 10 == 0)
			usleep(1000); /* the pace of a program with clients */
	}
}

/* An event now and then, until there is a byte or the end of standard input. */
static void live(void)
{
	struct pollfd end = { .fd = 0, .events = POLLIN };
	char byte;

	while (poll(&end, 1, 5) == 0)
		if (recv(pair[1], &byte, 1, MSG_DONTWAIT) > 0)
			abort();
}

static int listener, client;

/* Where others may have had descriptors: a listener, and somebody who waits for
 * its answer. */
static void occupy(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(name);
	int i;

	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	/* The kernel chooses a name. */
	if (bind(listener, (void *)&name, sizeof(sa_family_t)) ||
	    listen(listener, 5) || getsockname(listener, (void *)&name, &size))
		abort();
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(client, (void *)&name, size))
		abort();
	for (i = client + 1; i < 40; i++)
		dup2(listener, i);
}

static void be_hostile(int times)
{
	int i;

	for (i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			abort();
		if (i % 20 == 0 && unshare(CLONE_FS))
			abort();
		if (i % 20 == 10 && (child = vfork()) == 0) {
			unshare(CLONE_FS);
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			_exit(0);
		}
		if (i % 20 == 10 && waitpid(child, NULL, 0) != child)
			abort();
	}
	for (i = pair[1] + 1; i < 5000; i++)
		close(i);
	occupy();
	puts("hostile");
	fflush(stdout);
}

static int is_unchanged(long before)
{
	sigset_t pending;
	int i;

	sigpending(&pending);
	for (i = 1; i < NSIG; i++)
		if (sigismember(&pending, i) == 1)
			return 0;
	if (listener && close(accept(listener, NULL, NULL)))
		return 0; /* somebody else took it */
	/* Under a filter they are in one table. */
	return before < 0 || descriptors() == before;
}

static void storm(int children, long count)
{
	int i, running = 0;

	for (i = 0; i < children; i++) {
		if (fork() == 0) {
			if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
				abort();
			send_some(count, 0);
			if (i % 10 == 0)
				raise(SIGKILL);
			_exit(0);
		}
		if (++running == 8 && wait(NULL) > 0)
			running--;
	}
	while (wait(NULL) > 0)
		;
}

/* Becomes itself under the filter. */
static void filter(char **argv)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		abort();
	argv[1] = "hostile";
	argv[3] = "-1";
	execv("/proc/self/exe", argv);
	abort();
}

int main(int argc, char **argv)
{
	int children = atoi(argv[2]), is_child = 0;
	long before;
	char byte;

	(void)argc;
	if (!strcmp(argv[1], "filtered"))
		filter(argv);
	if (strcmp(argv[1], "storm") == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			abort();
		live(); /* until somebody asks */
		if (read(0, &byte, 1) != 1)
			abort();
		storm(children, atol(argv[3]));
		children = 0;
	}
	while (!is_child && children-- > 0)
		is_child = fork() == 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		abort();
	before = descriptors();
	send_some(atol(argv[3]), is_child && !strcmp(argv[1], "steady"));
	live();
	if (is_child)
		_exit(0);
	if (!strcmp(argv[1], "hostile") && read(0, &byte, 1) == 1) {
		be_hostile(atol(argv[3]) < 0 ? 0 : 200);
		before = atol(argv[3]) < 0 ? -1 : descriptors();
		live();
	}
	puts(is_unchanged(before) ? "unchanged" : "changed");
	while (wait(NULL) > 0)
		;
	return 0;
}
