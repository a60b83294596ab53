/*
 * H40: the release of a block is told before it can be handed out again, its
 * acquisition after: nobody sees an address live twice.
 *
 * Technique: the span libc.heap.free ends before the real free(), that of
 * libc.heap.alloc after the real malloc().
 *
 * modes: record
 * env: GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1
 */
#include "hazard.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 20000
#define PLACES (1 << 20)
#define SIZE 2000 /* other blocks come from libc, and go in ways of its own */

/* The block last seen at each place; two blocks at one place only lose us a
 * chance to notice something. */
static _Atomic uintptr_t live[PLACES];
static unsigned long twice, seen;

static uintptr_t block_of(const struct telemetry_fields *metadata)
{
	const struct telemetry_value *value =
		telemetry_get(metadata, "address");

	return value ? (uintptr_t)value->as.pointer : 0;
}

static int acquired(const char *event, const struct telemetry_fields *m,
		    const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *size = telemetry_get(m, "requested");
	uintptr_t block = block_of(metadata);

	if (!size || size->as.u64 != SIZE)
		return 0;
	if (block &&
	    atomic_exchange(&live[block / 16 % PLACES], block) == block)
		__atomic_fetch_add(&twice, 1, __ATOMIC_RELAXED);
	return count_event(event, m, metadata, config);
}

static int released(const char *event, const struct telemetry_fields *m,
		    const struct telemetry_fields *metadata, void *config)
{
	uintptr_t block = block_of(metadata), expected = block;

	(void)event;
	(void)m;
	(void)config;
	if (block)
		atomic_compare_exchange_strong(&live[block / 16 % PLACES],
					       &expected, 0);
	return 0;
}

static void *volatile mailbox[THREADS];

/* Blocks travel between the threads, so that one frees what another made. */
static void *thread_main(void *arg)
{
	size_t self = (size_t)arg, i;

	for (i = 0; i < ROUNDS; i++) {
		void *p = malloc(SIZE);

		p = __atomic_exchange_n(&mailbox[(self + i) % THREADS], p,
					__ATOMIC_ACQ_REL);
		free(p);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	size_t i;

	listen_to("libc.heap.free.stop", released, NULL);
	listen_to("libc.heap.alloc.stop", acquired, &seen);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread_main,
				      (void *)i));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	if (shimmed()) {
		CHECK(seen >= THREADS * ROUNDS);
		CHECK(twice == 0);
	}
	return hazard_end();
}
