/*
 * test_heap.c - the wrappers of the heap in the middle of being switched on.
 * The test has its own copy of them, and with that its own malloc().
 */
#include "metric_fixture.h"

#include "event/event.h"
#include "telemetry/telemetry.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#else
#include "wrap/heap.c"
#endif

#ifndef SANITIZED
/* The compiler takes for granted that free() changes nothing. */
static volatile unsigned int told[2];

static int count_told(const char *event, const struct telemetry_fields *m,
		      const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)m;
	(void)metadata;
	++*(volatile unsigned int *)config;
	return 0;
}

static void arm(struct wrap_site *site)
{
	CHECK(thread_claim(&thread_self));
	CHECK(wrap_site_arm(site));
	thread_release(&thread_self);
}
#endif

/* All sites are armed one after another, while other threads call them. */
TEST(realloc_may_be_armed_before_free)
{
#ifdef SANITIZED
	SKIP("malloc() is the sanitizer's");
#else
	void *volatile block;

	clock_init();
	setup();
	thread_release(&thread_self);
	api_set_state(API_ON);
	CHECK(heap_counting);
	CHECK(!telemetry_attach("alloc", "libc.heap.alloc.stop", count_told,
				(void *)&told[0]));
	CHECK(!telemetry_attach("free", "libc.heap.free.stop", count_told,
				(void *)&told[1]));
	block = malloc(10);
	arm(&SITE(realloc));
	block = realloc(block, 20);
	CHECK_INT(told[0], 1);
	CHECK_INT(told[1], 0);
	arm(&SITE(free));
	block = realloc(block, 100000);
	CHECK_INT(told[0], 2);
	CHECK_INT(told[1], 1);
	free(block);
	CHECK_INT(told[1], 2);
#endif
}
