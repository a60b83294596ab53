/*
 * start.c LIBRARY - what a preload adds to the start and exit of /bin/true.
 * Bare and preloaded runs take turns, so that both meet the same machine.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#define RUNS 300

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t run_true(char **env)
{
	char *argv[] = { "true", NULL };
	uint64_t begin = now_ns();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, env) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "/bin/true did not run\n");
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
	static uint64_t bare[RUNS], shim[RUNS];
	char preload[4200], dir[4200];
	char *with[] = { preload, dir, NULL }, *without[] = { NULL };
	const char *scratch = getenv("TELEMETRY_DIR");
	int i;

	if (argc != 2)
		return 2;
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[1]);
	snprintf(dir, sizeof(dir), "TELEMETRY_DIR=%s", scratch ? scratch : "");
	if (!scratch)
		with[1] = NULL;
	for (i = 0; i < RUNS; i++) {
		bare[i] = run_true(without);
		shim[i] = run_true(with);
	}
	qsort(bare, RUNS, sizeof(*bare), compare);
	qsort(shim, RUNS, sizeof(*shim), compare);
	printf("start and exit of /bin/true: %.3f ms bare, +%.3f ms "
	       "(median of %d; quartiles %.3f..%.3f bare, %.3f..%.3f with)\n",
	       (double)bare[RUNS / 2] / 1e6,
	       ((double)shim[RUNS / 2] - (double)bare[RUNS / 2]) / 1e6, RUNS,
	       (double)bare[RUNS / 4] / 1e6, (double)bare[RUNS * 3 / 4] / 1e6,
	       (double)shim[RUNS / 4] / 1e6, (double)shim[RUNS * 3 / 4] / 1e6);
	return 0;
}
