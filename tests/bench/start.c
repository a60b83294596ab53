/*
 * start.c RUNS COMMAND... - starts the command and waits for its end until it
 * has done so RUNS times at full pace (pace.h): nanoseconds of the fastest tenth;
 * then how many starts those were, and how many there were in all.  All on one
 * processor.  BENCH_PRELOAD is what the command gets as LD_PRELOAD; this program
 * itself runs bare.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pace.h"

#define SECONDS 2.0

static void run(char **argv)
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "%s did not run\n", argv[0]);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static struct pace pace;
	const char *preload = getenv("BENCH_PRELOAD");
	int runs = argc > 2 ? atoi(argv[1]) : 0;
	double begin;

	if (runs < 1 || runs > PACE_MAX)
		return 2;
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	pace_stay();
	pace_begin(&pace, CLOCK_MONOTONIC, runs, SECONDS);
	while (pace_goes_on(&pace)) {
		begin = pace_ns(CLOCK_MONOTONIC);
		run(argv + 2);
		pace_add(&pace, pace_ns(CLOCK_MONOTONIC) - begin);
	}
	printf("%.0f %d %d\n", pace_figure(&pace), pace.quiet, pace.count);
	return 0;
}
