/*
 * H24: after our thread-specific destructor has run, later destructors and libc
 * itself still free memory.  A thread that registers again in that window
 * leaks a reader slot of liburcu.
 *
 * Technique: the destructor marks the thread THREAD_DEAD, its owner is handed
 * to the next thread.
 *
 * modes: record
 */
#include "hazard.h"

#include <dlfcn.h>
#include <pthread.h>

#define WARM 300
#define THREADS 4000

static pthread_key_t key;
static unsigned long seen;

/* Made by the program after ours, so it runs after ours; and again in the
 * next rounds. */
static void destroy(void *value)
{
	size_t round = (size_t)value;

	free(malloc(100));
	dlsym(RTLD_DEFAULT, "hazard_no_such_symbol");
	free(malloc(1000));
	if (round < 3)
		pthread_setspecific(key, (void *)(round + 1));
}

static void *thread_main(void *arg)
{
	pthread_setspecific(key, (void *)1);
	free(malloc(10));
	return arg;
}

static void run(int count)
{
	pthread_t thread;

	while (count-- > 0) {
		CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
		CHECK(!pthread_join(thread, NULL));
	}
}

static long resident_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *file = fopen("/proc/self/status", "re");

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	fclose(file);
	return kb;
}

int main(void)
{
	unsigned long after;
	long before;

	CHECK(!pthread_key_create(&key, destroy));
	listen_to("libc.heap.alloc.stop", count_event, &seen);
	run(WARM);
	before = resident_kb();
	run(THREADS);
	/* 128 bytes and more per thread if slots leak; bare it is 0. */
	CHECK(resident_kb() - before < THREADS * 64 / 1024);
	if (shimmed()) {
		CHECK(seen >= THREADS + WARM);
		CHECK(telemetry_detach_wait("hazard-1") == 0);
		after = seen;
		run(10);
		CHECK(seen == after);
	}
	return hazard_end();
}
