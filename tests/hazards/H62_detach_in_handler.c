/*
 * H62: a handler that detaches itself and another one, from eight threads at
 * once, never waits for a grace period inside a read section.
 *
 * Technique: telemetry_detach() unlinks and queues; the memory is reclaimed
 * outside; telemetry_detach_wait() refuses in a handler.
 *
 * modes: record
 */
#include "hazard.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 40

static const char *const names[] = { "hazard.a", "hazard.b" };
static unsigned long destroyed, detached, refused, calls;
static pthread_barrier_t all;

static void destroy(void *config)
{
	(void)config;
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
}

static int selfish(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)m;
	(void)metadata;
	(void)config;
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	if (telemetry_detach_wait("self") == -EDEADLK)
		__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
	if (telemetry_detach("self") == 0)
		__atomic_fetch_add(&detached, 1, __ATOMIC_RELAXED);
	if (telemetry_detach("other") == 0)
		__atomic_fetch_add(&detached, 1, __ATOMIC_RELAXED);
	return 0;
}

static void attach(const char *id, telemetry_handler handler)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = destroy };

	if (shimmed())
		CHECK(telemetry_attach_many(id, names, 2, handler, &calls,
					    &options) == 0);
}

static void *thread_main(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&all);
		telemetry_execute(names[i & 1], NULL, 0, NULL, 0);
		pthread_barrier_wait(&all);
	}
	return arg;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_main, NULL);
	for (i = 0; i < ROUNDS; i++) {
		attach("self", selfish);
		attach("other", count_event);
		pthread_barrier_wait(&all);
		pthread_barrier_wait(&all);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (shimmed()) {
		CHECK(detached == 2 * ROUNDS);
		CHECK(refused >= ROUNDS);
		/* A wait by anybody reclaims what was queued. */
		attach("last", count_event);
		CHECK(telemetry_detach_wait("last") == 0);
		CHECK(destroyed == 2 * ROUNDS + 1);
	}
	return hazard_end();
}
