/*
 * test_heap_count.c - what is counted before anybody knows where, and memory
 * that is not the host's.
 */
#include "metric_fixture.h"

#include "wrap/heap.h"

#include <pthread.h>
#include <sched.h>

#define THREADS 3
#define LEAST 20000u /* allocations of each thread */

static uint32_t over, running;

/* The end of the constructor comes in between. */
static void *allocate(void *result)
{
	uint64_t count = 0;
	void *block = malloc(10);

	add_relaxed(&running, 1);
	while (!load_relaxed(&over) || count < LEAST) {
		heap_after_alloc(HEAP_MALLOC, 1, block, 0);
		count++;
	}
	free(block);
	*(uint64_t *)result = count;
	return NULL;
}

TEST(early_calls_are_kept)
{
	const struct telemetry_sample *s;
	uint64_t counts[THREADS], sum = 0;
	pthread_t threads[THREADS];
	int i;

	setup();
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, allocate, &counts[i]));
	while (load_relaxed(&running) < THREADS)
		sched_yield();
	heap_enable();
	store_relaxed(&over, 1);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += counts[i];
	}
	/* Not with an allocator of a sanitizer. */
	if (heap_counting != HEAP_ON)
		return;
	/* What has come late comes along. */
	heap_live();
	s = find_sample(view(), "libc.heap.allocations", "function", "malloc");
	CHECK_INT(s->count, sum);
	teardown();
}

/* Of what libc allocates in our stead. */
TEST(spare_blocks_are_aligned)
{
	size_t alignment, size;

	setup();
	for (alignment = 1; alignment <= 1 << 20; alignment *= 2)
		for (size = 1; size < 100000; size = 3 * size + 1) {
			char *block = heap_spare(alignment, size);

			CHECK(block && (uintptr_t)block % alignment == 0);
			CHECK((uintptr_t)block % 16 == 0);
			memset(block, 0xa5, size);
		}
	CHECK(!heap_spare(16, SIZE_MAX));
	CHECK(!heap_spare(1 << 20, SIZE_MAX - 100));
	CHECK(!heap_spare(48, 1));
}
