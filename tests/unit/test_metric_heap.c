/*
 * test_metric_heap.c - the metrics of the heap, out of the blocks of threads.
 */
#include "metric_fixture.h"

#include "base/heap_block.h"
#include "metric/collect.h"

static void fill_heap(struct heap_block *h)
{
	h->calls[HEAP_MALLOC] = 3;
	h->calls[HEAP_REALLOC] = 1;
	h->failures[HEAP_CALLOC] = 2;
	h->frees = 2;
	h->reallocs_freed = 1;
	h->requested = 4 + 100 + 100 + 70000;
	h->allocated = 80000;
	h->freed = 90000;
	h->size_buckets[heap_size_bucket(4)]++;
	h->size_buckets[heap_size_bucket(100)] += 2;
	h->size_buckets[heap_size_bucket(70000)]++;
	h->duration_every = 64;
	h->duration_count = 2;
	h->duration_sum = 320;
	h->duration_buckets[heap_duration_bucket(20)]++;
	h->duration_buckets[heap_duration_bucket(300)]++;
}

TEST(heap)
{
	const struct telemetry_snapshot *s;
	const struct telemetry_sample *x;
	struct heap_block *h;
	size_t i;

	setup();
	h = segment_alloc(SEGMENT_HEAP, sizeof(*h), 1, 0);
	fill_heap(h);
	h->baseline = 50000;
	fill_heap(segment_alloc(SEGMENT_HEAP, sizeof(*h), 2, 0));
	s = view();
	x = find_sample(s, "libc.heap.allocations", "function", "malloc");
	CHECK_INT(x->count, 6);
	x = find_sample(s, "libc.heap.frees", "function", "realloc");
	CHECK_INT(x->count, 2);
	x = find_sample(s, "libc.heap.failures", "function", "calloc");
	CHECK_INT(x->count, 4);
	CHECK(find_sample(s, "libc.heap.allocated", "", "")->value == 160000);
	CHECK(find_sample(s, "libc.heap.live", "", "")->value == 30000);
	CHECK_INT(find_metric(s, "libc.heap.live")->up_down, 1);
	x = find_sample(s, "libc.heap.allocation.size", "", "");
	CHECK_INT(x->count, 8);
	CHECK(x->value == 140408);
	CHECK_INT(x->buckets[0], 2); /* up to 16 */
	CHECK_INT(x->buckets[3], 4); /* up to 128 */
	CHECK(x->min == 2 && x->max == 131072);
	x = find_sample(s, "libc.heap.duration", "", "");
	CHECK_INT(x->count, 4);
	CHECK(x->value == 640e-9);
	CHECK_INT(x->buckets[1], 2);
	CHECK_INT(x->buckets[5], 2);
	for (i = 0; i < s->metric_count; i++)
		CHECK(collect_is_own_name(s->metrics[i].name));
	CHECK_INT(s->metric_count, 7);
	teardown();
}

TEST(heap_buckets)
{
	CHECK_INT(heap_size_bucket(0), 0);
	CHECK_INT(heap_size_bucket(1), 0);
	CHECK_INT(heap_size_bucket(2), 1);
	CHECK_INT(heap_size_bucket(16), 4);
	CHECK_INT(heap_size_bucket(17), 5);
	CHECK_INT(heap_size_bucket(UINT64_MAX), HEAP_SIZES - 1);
	CHECK_INT(heap_duration_bucket(0), 0);
	CHECK_INT(heap_duration_bucket(16), 0);
	CHECK_INT(heap_duration_bucket(17), 1);
	CHECK_INT(heap_duration_bucket(16u << 22), HEAP_DURATIONS - 2);
	CHECK_INT(heap_duration_bucket((16u << 22) + 1), HEAP_DURATIONS - 1);
	CHECK_INT(heap_duration_bucket(UINT64_MAX), HEAP_DURATIONS - 1);
}
