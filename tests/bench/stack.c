/*
 * stack.c FRAMES - nanoseconds of a stack capture below so many frames.  Linked
 * with the shim's own code, because programs cannot ask for one.
 */
#include "event/stack.h"
#include "base/thread_stack.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COUNT 10000

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static __attribute__((noinline)) double below(int frames)
{
	void *addresses[64];
	double begin, took, best = 1e18;
	int batch, i;

	if (frames > 0) {
		best = below(frames - 1);
		__asm__ volatile("" ::: "memory"); /* no tail call */
		return best;
	}
	for (batch = 0; batch < 6; batch++) {
		begin = now_ns();
		for (i = 0; i < COUNT; i++)
			if (stack_capture(addresses, 64) == 0)
				exit(1);
		took = (now_ns() - begin) / COUNT;
		if (took < best)
			best = took;
	}
	return best;
}

int main(int argc, char **argv)
{
	thread_bounds_of_main();
	stack_set_loader(dlopen, dlsym);
	if (argc != 2 || !stack_warm())
		return 2;
	printf("%.1f\n", below(atoi(argv[1])));
	return 0;
}
