/*
 * calls.c - nanoseconds per call, in one thread: prints one number for each
 * kind.  run.sh runs it in turns without the shim, with its wrappers switched
 * off, and with the defaults.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* A pair malloc and free counts as two calls. */
static void heap(unsigned int rounds)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		void *volatile block = malloc(16 + (i & 255));

		free(block);
	}
}

static int pair[2];

static void sockets(unsigned int rounds)
{
	char bytes[64] = { 0 };
	unsigned int i;

	for (i = 0; i < rounds; i++)
		if (send(pair[0], bytes, sizeof(bytes), 0) != sizeof(bytes) ||
		    recv(pair[1], bytes, sizeof(bytes), 0) != sizeof(bytes))
			exit(1);
}

static int pipes[2];

static void files(unsigned int rounds)
{
	char bytes[64] = { 0 };
	unsigned int i;

	for (i = 0; i < rounds; i++)
		if (write(pipes[1], bytes, sizeof(bytes)) != sizeof(bytes) ||
		    read(pipes[0], bytes, sizeof(bytes)) != sizeof(bytes))
			exit(1);
}

/* The fastest of a few loops: what the others add is the machine's noise. */
static double per_call(void (*loop)(unsigned int), unsigned int rounds)
{
	double best = 1e18, begin, took;
	int i;

	for (i = 0; i < 8; i++) {
		begin = now_ns();
		loop(rounds);
		took = (now_ns() - begin) / rounds / 2;
		if (took < best)
			best = took;
	}
	return best;
}

int main(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || pipe(pipes))
		return 1;
	printf("heap %.2f\n", per_call(heap, 1000000));
	printf("socket %.2f\n", per_call(sockets, 20000));
	printf("pipe %.2f\n", per_call(files, 20000));
	return 0;
}
