/*
 * lines.c MAP OFFSET - the same few calls again and again, a mark in front of
 * each: whoever traces the program sees where a call begins (lines.py).
 *
 * MAP takes the map of its memory, and where the mark is.  OFFSET is that of
 * clock_scale_now in the shim: being traced takes so long that the shim would
 * give up its own scale, and ask the kernel in each call.
 */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until plans are made and the ring has its memory; then those to look at, of
 * which none is one in 64 of the heap's that is timed. */
#define ROUNDS_BEFORE 80
#define ROUNDS 32

static volatile int step;

static __attribute__((noinline)) void mark(int number)
{
	step = number;
}

/* A scale that holds for ever and begins later than all that was before. */
static void set_clock(uintptr_t at)
{
	static struct clock_scale scale __attribute__((aligned(64)));

	scale.base_ticks = __builtin_ia32_rdtsc();
	scale.base_ns = 1ull << 60;
	scale.scale = 1ull << 30;
	scale.span = UINT64_MAX;
	*(struct clock_scale **)at = &scale;
}

/* Returns where the shim begins. */
static uintptr_t write_map(const char *path)
{
	FILE *from = fopen("/proc/self/maps", "r"), *to = fopen(path, "w");
	uintptr_t shim = 0;
	char line[1024];

	if (!from || !to)
		exit(1);
	while (fgets(line, sizeof(line), from)) {
		fputs(line, to);
		if (!shim && strstr(line, "libtelemetry_shim.so"))
			shim = strtoul(line, NULL, 16);
	}
	fprintf(to, "mark %p\n", (void *)mark);
	fclose(from);
	if (fclose(to) != 0 || !shim)
		exit(1);
	return shim;
}

/* The steps are named in lines.py. */
static void go(const int *pair, int poll)
{
	struct epoll_event event;
	char bytes[64] = { 0 };
	void *volatile block;

	mark(1);
	if (recv(pair[0], bytes, sizeof(bytes), 0) >= 0 || errno != EAGAIN)
		exit(1);
	mark(2);
	if (write(pair[1], bytes, sizeof(bytes)) != sizeof(bytes))
		exit(1);
	mark(3);
	if (epoll_wait(poll, &event, 1, 1000) != 1)
		exit(1);
	mark(4);
	if (recv(pair[0], bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
	mark(5);
	if (send(pair[0], bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
	mark(6);
	if (read(pair[1], bytes, sizeof(bytes)) != sizeof(bytes))
		exit(1);
	mark(7);
	block = malloc(48);
	mark(8);
	free(block);
	mark(9);
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	int pair[2], poll = epoll_create1(0), i;

	if (argc != 3 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, pair[0], &event) != 0)
		return 2;
	for (i = 0; i < ROUNDS_BEFORE; i++)
		go(pair, poll);
	set_clock(write_map(argv[1]) + strtoul(argv[2], NULL, 16));
	for (i = 0; i < ROUNDS; i++)
		go(pair, poll);
	_exit(0);
}
