/*
 * H41: memory of the shim in a process with many threads is bounded, and what
 * does not fit is dropped and counted, not fatal.
 *
 * Technique: TELEMETRY_MEMORY_LIMIT; owners and rings are reused; the resident
 * memory is compared with the bare run's.
 *
 * modes: record
 * check: test $(cat record/cwd/kb) -lt $(($(cat bare/cwd/kb) + 50000))
 */
#include "hazard_net.h"

#include <limits.h>

#define THREADS 2000

static pthread_barrier_t all;
static int pair[2];

static void *thread_main(void *arg)
{
	char byte = 'x';

	free(malloc(100));
	CHECK(send(pair[0], &byte, 1, MSG_DONTWAIT) == 1 || errno == EAGAIN);
	CHECK(recv(pair[1], &byte, 1, MSG_DONTWAIT) == 1 || errno == EAGAIN);
	free(malloc(1000));
	pthread_barrier_wait(&all);
	pthread_barrier_wait(&all);
	return arg;
}

static long resident_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *file = fopen("/proc/self/status", "re");

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	FILE *file;
	int i;

	pair_of(pair);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 4 * PTHREAD_STACK_MIN);
	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], &attr, thread_main, NULL));
	pthread_barrier_wait(&all);
	file = fopen("kb", "we");
	fprintf(file, "%ld\n", resident_kb());
	fclose(file);
	pthread_barrier_wait(&all);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	shimmed();
	return hazard_end();
}
