/*
 * H39: every name of the allocator family with its exact meaning: alignment,
 * overflow, zero sizes, usable size, the codes that are returned instead of
 * errno.
 *
 * Technique: each wrapper calls the original of its own name with the same
 * arguments and returns what it returned.
 *
 * modes: record events
 */
#include "hazard.h"

#include <malloc.h>
#include <stdint.h>

static volatile size_t zero, huge = SIZE_MAX / 2 + 5, wide = SIZE_MAX / 16;

static void line(const char *what, bool ok, int number)
{
	printf("%s: %s, %s\n", what, ok ? "block" : "NULL",
	       number ? strerror(number) : "-");
}

#define SHOW(call)                                                             \
	do {                                                                   \
		void *p_;                                                      \
		errno = 0;                                                     \
		p_ = (call);                                                   \
		line(#call, p_ != NULL, errno);                                \
		free(p_);                                                      \
	} while (0)

static void sizes(void)
{
	SHOW(malloc(zero));
	SHOW(calloc(zero, 5));
	SHOW(calloc(5, zero));
	SHOW(calloc(wide, 17));
	SHOW(calloc(huge, 2));
	SHOW(malloc(huge));
	SHOW(realloc(NULL, zero));
	SHOW(realloc(malloc(10), 20));
	SHOW(reallocarray(NULL, wide, 17));
	SHOW(reallocarray(NULL, zero, 17));
	SHOW(reallocarray(malloc(10), 10, 10));
	SHOW(aligned_alloc(64, 100));
	SHOW(aligned_alloc(48, 96));
	SHOW(memalign(48, 96));
	SHOW(memalign(zero, 96));
	SHOW(valloc(zero));
	SHOW(pvalloc(1));
	/* realloc(p, 0) frees: NULL, and nothing to free. */
	errno = 0;
	line("realloc(p, 0)", realloc(malloc(10), zero) != NULL, errno);
}

static void failing_keep_block(void)
{
	char *p = malloc(32);

	strcpy(p, "still here");
	CHECK(realloc(p, huge) == NULL && errno == ENOMEM);
	CHECK(reallocarray(p, wide, 32) == NULL && errno == ENOMEM);
	CHECK(strcmp(p, "still here") == 0);
	free(p);
}

static void alignments(void)
{
	size_t alignment;
	void *p;

	for (alignment = 8; alignment <= 2 << 20; alignment *= 2) {
		CHECK(posix_memalign(&p, alignment, 24) == 0);
		CHECK(((uintptr_t)p & (alignment - 1)) == 0);
		free(p);
		p = memalign(alignment, 24);
		CHECK(p && ((uintptr_t)p & (alignment - 1)) == 0);
		free(p);
		p = aligned_alloc(alignment, alignment);
		CHECK(p && ((uintptr_t)p & (alignment - 1)) == 0);
		free(p);
	}
	p = malloc(1);
	CHECK(((uintptr_t)p & 15) == 0);
	free(p);
	p = valloc(10);
	CHECK(((uintptr_t)p & 4095) == 0);
	free(p);
	p = pvalloc(10);
	CHECK(((uintptr_t)p & 4095) == 0 && malloc_usable_size(p) >= 4096);
	free(p);
}

static void codes(void)
{
	void *p = (void *)1;

	errno = 0;
	printf("posix_memalign: %d", posix_memalign(&p, 3, 10));
	printf(" %d", posix_memalign(&p, 4, 10));
	printf(" %d", posix_memalign(&p, 64, huge));
	printf(", p %s, errno %d\n", p == (void *)1 ? "kept" : "changed",
	       errno);
}

static void contents(void)
{
	size_t i, usable;
	unsigned char *p = calloc(100, 100);

	for (i = 0; i < 10000; i++)
		CHECK(p[i] == 0);
	memset(p, 7, 10000);
	p = realloc(p, 500000);
	for (i = 0; i < 10000; i++)
		CHECK(p[i] == 7);
	p = realloc(p, 10);
	CHECK(p[9] == 7);
	usable = malloc_usable_size(p);
	CHECK(usable >= 10);
	memset(p, 8, usable);
	free(p);
	printf("usable of NULL %zu, of 24 %zu\n", malloc_usable_size(NULL),
	       malloc_usable_size(p = malloc(24)));
	free(p);
}

int main(void)
{
	unsigned long seen = 0;
	int round;

	for (round = 0; round < 2; round++) {
		sizes();
		failing_keep_block();
		alignments();
		codes();
		contents();
		if (round == 0) {
			listen_to_span("libc.heap.alloc", count_event, &seen);
			listen_to_span("libc.heap.free", count_event, &seen);
		}
	}
	CHECK(!shimmed() || seen > 200);
	return hazard_end();
}
