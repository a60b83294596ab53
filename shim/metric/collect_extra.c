/*
 * collect_extra.c - the metrics of the heap, out of the heap blocks of all
 * threads.  They are no definitions, like those of collect_own.c.
 */
#include "metric/collect.h"

#include "base/heap_block.h"

#include <string.h>

static const char *const functions[HEAP_FUNCTIONS] = {
	[HEAP_MALLOC] = "malloc",
	[HEAP_CALLOC] = "calloc",
	[HEAP_REALLOC] = "realloc",
	[HEAP_REALLOCARRAY] = "reallocarray",
	[HEAP_MEMALIGN] = "memalign",
	[HEAP_POSIX_MEMALIGN] = "posix_memalign",
	[HEAP_ALIGNED_ALLOC] = "aligned_alloc",
	[HEAP_VALLOC] = "valloc",
	[HEAP_PVALLOC] = "pvalloc",
};

/* Exponents of the sizes shown, of the 48 that are counted. */
static const uint8_t size_exponents[] = {
	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 22, 24, 26, 28, 30,
};

static const struct collect_metric allocations = {
	.shape = { .type = METRIC_COUNTER, NO_CONVERSION },
	.order = ORDER_EXTRA,
	.tag_count = 1,
	.name = "libc.heap.allocations",
	.unit = "{allocation}",
	.description = "Successful allocations",
	.keys = { "function" },
};

static const struct collect_metric failures = {
	.shape = { .type = METRIC_COUNTER, NO_CONVERSION },
	.order = ORDER_EXTRA,
	.tag_count = 1,
	.name = "libc.heap.failures",
	.unit = "{allocation}",
	.description = "Allocations that failed",
	.keys = { "function" },
};

static const struct collect_metric frees = {
	.shape = { .type = METRIC_COUNTER, NO_CONVERSION },
	.order = ORDER_EXTRA,
	.tag_count = 1,
	.name = "libc.heap.frees",
	.unit = "{allocation}",
	.description = "Blocks given back",
	.keys = { "function" },
};

static const struct collect_metric allocated = {
	.shape = { .type = METRIC_SUM, NO_CONVERSION },
	.order = ORDER_EXTRA,
	.name = "libc.heap.allocated",
	.unit = "By",
	.description = "Usable bytes obtained",
};

static const struct collect_metric live = {
	.shape = { .type = METRIC_SUM, NO_CONVERSION },
	.order = ORDER_EXTRA,
	.up_down = true,
	.name = "libc.heap.live",
	.unit = "By",
	.description = "Usable bytes in use",
};

/* ---- the heap --------------------------------------------------------- */

static void add_block(struct heap_block *sum, const struct heap_block *block)
{
	/* Every member is a 64-bit number to be added up. */
	uint64_t *to = (uint64_t *)(void *)sum;
	const uint64_t *from = (const uint64_t *)(const void *)block;
	size_t i;

	for (i = 0; i < sizeof(*block) / sizeof(*to); i++)
		to[i] += from[i];
}

bool collect_heap_blocks(const struct segment_image *image,
			 struct heap_block *sum, bool *corrupt)
{
	const struct segment_block *block = NULL;
	bool found = false;

	while ((block = segment_next(image, block)) != NULL) {
		if (block->kind != SEGMENT_HEAP)
			continue;
		if (segment_block_space(block) < sizeof(*sum)) {
			*corrupt = true;
			continue;
		}
		add_block(sum, segment_block_body(block));
		found = true;
	}
	return found;
}

static void count(struct collect_image *image,
		  const struct collect_metric *like, const char *tag,
		  uint64_t number)
{
	struct tally *tally = number ? collect_tally(image, like, tag) : NULL;

	if (tally)
		tally->count += number;
}

static void sum(struct collect_image *image, const struct collect_metric *like,
		uint64_t number, int64_t value)
{
	struct tally *tally = collect_tally(image, like, NULL);

	if (!tally)
		return;
	tally->count += number;
	tally->integer += value;
}

static void show_calls(struct collect_image *image,
		       const struct heap_block *heap)
{
	uint64_t calls = 0;
	int64_t in_use =
		(int64_t)(heap->allocated - heap->freed) + heap->baseline;
	uint32_t i;

	for (i = 0; i < HEAP_FUNCTIONS; i++) {
		count(image, &allocations, functions[i], heap->calls[i]);
		count(image, &failures, functions[i], heap->failures[i]);
		calls += heap->calls[i];
	}
	count(image, &frees, "free", heap->frees);
	count(image, &frees, "realloc", heap->reallocs_freed);
	sum(image, &allocated, calls, (int64_t)heap->allocated);
	/* Of a process that runs; one that only freed counts too. */
	if (image->alive)
		sum(image, &live, 1, in_use);
}

/* Counts by exponent become counts by bound; counts[n] is above all. */
static void add_exponents(struct tally *tally, const uint64_t *counts, size_t n,
			  const uint8_t *exponents, size_t bounds)
{
	size_t at = 0, i;

	for (i = 0; i < n; i++) {
		while (at < bounds && i > exponents[at])
			at++;
		tally->buckets[i + 1 == n ? bounds : at] += counts[i];
		tally->count += counts[i];
	}
}

/* The bounds of the exponents at which something was counted are all that is
 * known of the smallest and the largest. */
static void set_range(struct tally *tally, const uint64_t *counts, size_t n,
		      unsigned int shift)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double bound = (double)(1ull << (i + shift));

		if (counts[i] == 0)
			continue;
		if (i == 0 && tally->min > 0)
			tally->min = 0;
		if (i > 0 && bound / 2 < tally->min)
			tally->min = bound / 2;
		if (bound > tally->max)
			tally->max = bound;
	}
}

static void show_sizes(struct collect_image *image,
		       const struct heap_block *heap)
{
	double bounds[ARRAY_SIZE(size_exponents)];
	const struct collect_metric sizes = {
		.shape = { METRIC_DISTRIBUTION, ARRAY_SIZE(bounds),
			   NO_CONVERSION },
		.order = ORDER_EXTRA,
		.name = "libc.heap.allocation.size",
		.unit = "By",
		.description = "Bytes asked for",
		.bounds = bounds,
	};
	struct tally *tally;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		bounds[i] = (double)(1ull << size_exponents[i]);
	tally = collect_tally(image, &sizes, NULL);
	if (!tally)
		return;
	tally->integer += heap->requested;
	add_exponents(tally, heap->size_buckets, HEAP_SIZES, size_exponents,
		      ARRAY_SIZE(bounds));
	set_range(tally, heap->size_buckets, HEAP_SIZES, 0);
}

static void show_durations(struct collect_image *image,
			   const struct heap_block *heap)
{
	double bounds[HEAP_DURATIONS - 1];
	uint8_t exponents[HEAP_DURATIONS - 1];
	const struct collect_metric durations = {
		.shape = { METRIC_DISTRIBUTION, ARRAY_SIZE(bounds), 1,
			   1000000000 },
		.order = ORDER_EXTRA,
		.name = "libc.heap.duration",
		.unit = "s",
		.description = "Duration of allocations, of a sample of them",
		.bounds = bounds,
	};
	struct tally *tally;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		exponents[i] = (uint8_t)i;
		bounds[i] = (double)(1ull << (HEAP_DURATION_SHIFT + i)) / 1e9;
	}
	tally = collect_tally(image, &durations, NULL);
	if (!tally)
		return;
	tally->integer += heap->duration_sum;
	add_exponents(tally, heap->duration_buckets, HEAP_DURATIONS, exponents,
		      ARRAY_SIZE(bounds));
	set_range(tally, heap->duration_buckets, HEAP_DURATIONS,
		  HEAP_DURATION_SHIFT);
}

void collect_heap(struct collect_image *image)
{
	struct heap_block sum;

	memset(&sum, 0, sizeof(sum));
	if (!collect_heap_blocks(image->image, &sum, &image->snapshot->corrupt))
		return;
	show_calls(image, &sum);
	show_sizes(image, &sum);
	show_durations(image, &sum);
}
