/*
 * start.c RUNS COMMAND... - starts the command and waits for its end, RUNS
 * times: nanoseconds of the fastest tenth, as one number.  BENCH_PRELOAD is
 * what the command gets as LD_PRELOAD; this program itself runs bare.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t run(char **argv)
{
	uint64_t begin = now_ns();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "%s did not run\n", argv[0]);
		exit(1);
	}
	return now_ns() - begin;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static uint64_t took[RUNS_MAX];
	const char *preload = getenv("BENCH_PRELOAD");
	int runs = argc > 2 ? atoi(argv[1]) : 0, i;

	if (runs < 1 || runs > RUNS_MAX)
		return 2;
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	for (i = 0; i < runs; i++)
		took[i] = run(argv + 2);
	qsort(took, (size_t)runs, sizeof(*took), compare);
	printf("%llu\n", (unsigned long long)took[runs / 10]);
	return 0;
}
