/*
 * first_calls.c - for tests/e2e/first_calls.sh: the call that makes the shim
 * catch up, from wherever it may come.
 *
 *   threads   20 children with 8 threads, which send at once
 *   signal    a handler on a small alternate stack: one send, and one after it
 *   forks     20 children, in which one thread sends while another one forks;
 *             the grandchild sends, too
 *   program   an event of the program's own, an exception
 *   name      a metric with a name of the standard set
 *   none      nothing
 */
#include "telemetry/telemetry.h"
#include "telemetry/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define CHILDREN 20

#pragma weak telemetry_execute
#pragma weak telemetry_counter

static int pair[2];
static pthread_barrier_t barrier;

static void send_one(void)
{
	if (send(pair[0], "x", 1, 0) != 1)
		_exit(2);
}

static void *at_once(void *arg)
{
	pthread_barrier_wait(&barrier);
	send_one();
	return arg;
}

static void threads(void)
{
	pthread_t thread[THREADS];
	int i;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, at_once, NULL);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

static void on_signal(int number)
{
	(void)number;
	send_one();
}

static void in_handler(void)
{
	stack_t stack = { .ss_sp = malloc(8192), .ss_size = 8192 };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	send_one();
}

static void fork_meanwhile(void)
{
	pthread_t thread;
	pid_t child;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, at_once, NULL);
	pthread_barrier_wait(&barrier);
	child = fork();
	if (child == 0) {
		send_one();
		_exit(0);
	}
	pthread_join(thread, NULL);
	waitpid(child, NULL, 0);
}

/* fork() would be the first call. */
static void in_children(void (*fn)(void))
{
	int i, status;

	for (i = 0; i < CHILDREN; i++) {
		pid_t child = (pid_t)syscall(SYS_fork);

		if (child == 0) {
			fn();
			_exit(0);
		}
		if (waitpid(child, &status, 0) != child || status != 0)
			_exit(3);
	}
}

static void program(void)
{
	if (telemetry_execute)
		telemetry_execute("shop.exception", NULL, 0, NULL, 0);
}

static void name(void)
{
	if (telemetry_counter)
		printf("%d\n",
		       telemetry_counter("libc.socket.io", NULL) == -EEXIST);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	void *volatile block = malloc(100);

	free(block);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return 1;
	if (strcmp(what, "threads") == 0)
		in_children(threads);
	else if (strcmp(what, "signal") == 0)
		in_handler();
	else if (strcmp(what, "forks") == 0)
		in_children(fork_meanwhile);
	else if (strcmp(what, "program") == 0)
		program();
	else if (strcmp(what, "name") == 0)
		name();
	else if (strcmp(what, "none") != 0)
		return 1;
	return 0;
}
