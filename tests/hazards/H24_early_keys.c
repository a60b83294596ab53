/*
 * H24: a library whose constructor runs before ours may have a thread-specific
 * key whose destructor runs between liburcu's and ours.  There the thread is
 * still observed, but liburcu has let go of it: a wrapper that reads its state
 * unasked crashes the program as the thread ends.
 *
 * Technique: a read section registers the thread again if need be; ours takes
 * it back.
 *
 * modes: record
 * library: -pthread
 * env: TELEMETRY_METRICS=sum(libc.heap.alloc.stop.duration);sum(libc.heap.free.stop.duration);sum(hazard.own.stop.duration)
 */
#include "hazard.h"

#include <pthread.h>

#ifdef HAZARD_LIBRARY

pthread_key_t early_key;

static void destroy(void *value)
{
	struct telemetry_span span;
	void *volatile block = malloc(50);

	free(block);
	free(value);
	telemetry_span_begin(&span, "hazard.own", NULL, 0);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
}

__attribute__((constructor)) static void early(void)
{
	CHECK(pthread_key_create(&early_key, destroy) == 0);
}

#else

#define ROUNDS 50000 /* the clock is measured meanwhile */
#define THREADS 20

extern pthread_key_t early_key;

static void *thread_main(void *arg)
{
	struct telemetry_span span;
	void *volatile block;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		block = malloc(20);
		free(block);
	}
	telemetry_span_begin(&span, "hazard.own", NULL, 0);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
	CHECK(pthread_setspecific(early_key, malloc(10)) == 0);
	return arg;
}

int main(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < THREADS; i++) {
		CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
		CHECK(!pthread_join(thread, NULL));
	}
	shimmed();
	return hazard_end();
}

#endif
