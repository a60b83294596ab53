/*
 * child_threads.c libc|raw - a child of fork() or of the bare system call in
 * which a second thread sends first, and then both do; says how many sends there
 * were in all.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#define SENDS 100000

static atomic_int has_sent;

static int work(void *unused)
{
	int i, ends[2];
	char byte = 0;

	(void)unused;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		abort();
	for (i = 0; i < SENDS; i++) {
		if (send(ends[0], &byte, 1, 0) != 1)
			abort();
		has_sent = 1;
		if (recv(ends[1], &byte, 1, 0) != 1)
			abort();
	}
	return 0;
}

static void child(void)
{
	thrd_t other;

	/* Not by pthread_create(), which may be observed. */
	if (thrd_create(&other, work, NULL) != thrd_success)
		abort();
	while (!has_sent)
		;
	work(NULL);
	thrd_join(other, NULL);
	exit(0);
}

int main(int argc, char **argv)
{
	int status, ends[2];
	char byte = 0;

	if (argc != 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
	    send(ends[0], &byte, 1, 0) != 1)
		abort();
	if ((strcmp(argv[1], "raw")
		     ? fork()
		     : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)) == 0)
		child();
	if (wait(&status) < 0 || status != 0)
		return 1;
	printf("%d\n", 2 * SENDS + 1);
	return 0;
}
