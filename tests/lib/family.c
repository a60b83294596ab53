/*
 * family.c - a program for tests of groups: a family of processes, each of
 * which sends a known number of times, in a given situation.
 *
 *   family SITUATION   prints how often it has been in all, and "ready"; lives
 *                      until its standard input ends
 *   family send N      sends N times
 *   family live N      the same, and lives
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *program;
static int pair[2];
static long sent; /* by all of the family */

static void send_some(int count)
{
	char byte = 0;

	while (count-- > 0)
		if (send(pair[0], &byte, 1, 0) != 1 ||
		    recv(pair[1], &byte, 1, 0) != 1)
			abort();
}

/* A child that could not do its part would look like lost calls. */
static void join(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	if (status != 0 && status != SIGKILL)
		abort();
}

static void in_child(int count)
{
	pid_t child = fork();

	if (child == 0) {
		send_some(count);
		_exit(0);
	}
	join(child);
	sent += count;
}

static void fork_short(void)
{
	int i;

	for (i = 0; i < 500; i++)
		in_child(1 + i % 3);
}

/* Generations of children, of which the first to end are the oldest. */
static void fork_deep(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			in_child(2);
			send_some(1);
			if (fork() == 0) {
				send_some(3);
				_exit(0);
			}
			_exit(0);
		}
		join(child);
		while (waitpid(-1, NULL, 0) > 0)
			;
		sent += 6;
	}
}

static void fork_raw(void)
{
	int i;

	for (i = 0; i < 50; i++) {
		pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (child == 0) {
			send_some(2);
			syscall(SYS_exit_group, 0);
		}
		join(child);
		sent += 2;
	}
}

static void run(pid_t (*start)(char *const *argv))
{
	char *argv[] = { program, "send", "3", NULL };
	int i;

	for (i = 0; i < 40; i++) {
		join(start(argv));
		sent += 3;
	}
}

static pid_t by_fork(char *const *argv)
{
	pid_t child = fork();

	if (child == 0) {
		execv(program, argv);
		_exit(127);
	}
	return child;
}

static pid_t by_vfork(char *const *argv)
{
	pid_t child = vfork();

	if (child == 0) {
		execv(program, argv);
		_exit(127);
	}
	return child;
}

static pid_t by_spawn(char *const *argv)
{
	pid_t child;

	return posix_spawn(&child, program, NULL, NULL, argv, environ) ? -1
								       : child;
}

static void kill_them(void)
{
	int i, up[2];
	char byte = 0;

	for (i = 0; i < 50; i++) {
		pid_t child;

		if (pipe(up))
			abort();
		child = fork();
		if (child == 0) {
			send_some(4);
			if (write(up[1], &byte, 1) == 1)
				pause();
		}
		if (read(up[0], &byte, 1) != 1 || kill(child, SIGKILL))
			abort();
		join(child);
		close(up[0]);
		close(up[1]);
		sent += 4;
	}
}

static void *send_later(void *go)
{
	char byte;

	if (read(*(int *)go, &byte, 1) != 1)
		abort();
	send_some(5);
	_exit(0);
}

/* A process whose main thread has ended is none that is dead: it looks like a
 * zombie for a while, and is looked at. */
static void end_main_thread(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	pthread_t thread;
	/* Not on the stack of the thread that ends. */
	static int go[2];
	pid_t child;
	char byte;

	if (pipe(go))
		abort();
	child = fork();
	if (child == 0) {
		send_some(2);
		if (pthread_create(&thread, NULL, send_later, go))
			abort();
		pthread_exit(NULL);
	}
	sent += 7;
	printf("%ld\nhalf\n", sent);
	fflush(stdout);
	/* It is when a program waits that the shim gets to work. */
	while (poll(&input, 1, 5) == 0)
		;
	if (read(0, &byte, 1) != 1 || write(go[1], "", 1) != 1)
		abort();
	join(child);
}

static void become_another(int from)
{
	char text[16];
	char *argv[] = { program, "again", text, NULL };

	send_some(2);
	snprintf(text, sizeof(text), "%d", from + 1);
	if (from < 20)
		execv(program, argv);
	sent = 2 * 21;
}

/* Twice, as the books say. */
static void daemonise(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		send_some(3);
		if (fork() != 0)
			_exit(0);
		setsid();
	}
	send_some(3);
	sent = 9;
}

static void drop_rights(void)
{
	send_some(2);
	if (setgid(65534) || setuid(65534))
		abort();
	send_some(4);
	sent = 6;
}

/* Before the first thing that the shim sees of them. */
static void change_user(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			if (setgid(65534) || setuid(65534))
				abort();
			send_some(3);
			_exit(0);
		}
		join(child);
		sent += 3;
	}
}

/* A child that outlives its parent, which outlives none. */
static void leave_orphans(void)
{
	pid_t family = getpid();
	int i;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (i = 0; i < 10; i++) {
		if (fork() == 0) {
			if (fork() == 0) {
				while (getppid() != family)
					sched_yield();
				send_some(2);
				_exit(0);
			}
			send_some(1);
			raise(SIGKILL);
		}
		sent += 3;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void live(void)
{
	struct pollfd end = { .fd = 0, .events = POLLIN };
	char byte;

	while (poll(&end, 1, 5) == 0 || read(0, &byte, 1) > 0)
		if (recv(pair[1], &byte, 1, MSG_DONTWAIT) > 0)
			abort();
}

static int act(const char *what, const char *number)
{
	if (!strcmp(what, "short"))
		fork_short();
	else if (!strcmp(what, "deep"))
		fork_deep();
	else if (!strcmp(what, "raw"))
		fork_raw();
	else if (!strcmp(what, "fork"))
		run(by_fork);
	else if (!strcmp(what, "vfork"))
		run(by_vfork);
	else if (!strcmp(what, "spawn"))
		run(by_spawn);
	else if (!strcmp(what, "kill"))
		kill_them();
	else if (!strcmp(what, "thread"))
		end_main_thread();
	else if (!strcmp(what, "live"))
		send_some(number ? atoi(number) : 1);
	else if (!strcmp(what, "again"))
		become_another(number ? atoi(number) : 0);
	else if (!strcmp(what, "daemon"))
		daemonise();
	else if (!strcmp(what, "user"))
		change_user();
	else if (!strcmp(what, "drop"))
		drop_rights();
	else if (!strcmp(what, "orphans"))
		leave_orphans();
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	program = argv[0];
	if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 2;
	if (!strcmp(argv[1], "send")) {
		send_some(atoi(argv[2]));
		return 0;
	}
	if (act(argv[1], argv[2]))
		return 2;
	printf("%ld\nready\n", sent);
	fflush(stdout);
	live();
	return 0;
}
