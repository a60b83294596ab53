/* event_fixture.h - the event layer alone: no wrappers, no recorder. */
#ifndef TESTS_UNIT_EVENT_FIXTURE_H
#define TESTS_UNIT_EVENT_FIXTURE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/thread.h"
#include "event/span.h"
#include "event/table.h"
#include "test.h"

/* The API is on; the guard is free.  The segment is private memory. */
__attribute__((unused)) static void setup_api(void)
{
	const struct segment_options options = { .dir = "/proc/nowhere",
						 .limit = 4 << 20 };

	log_set_file("/dev/null");
	segment_configure(&options);
	clock_init();
	thread_init();
	CHECK(thread_claim(&thread_self));
	symbol_init();
	thread_release(&thread_self);
	api_set_state(API_ON);
}

/* The same under the guard, for the functions behind the API. */
__attribute__((unused)) static void setup(void)
{
	setup_api();
	CHECK(thread_claim(&thread_self));
}

/* Under the guard. */
static inline uint64_t dropped(enum drop_reason reason)
{
	CHECK(segment_put_string("x", 1));
	return segment_header()->dropped[reason];
}

static inline struct event *event_of(const char *name)
{
	return event_intern(name, strlen(name));
}

static inline struct span_class *class_of(const char *name)
{
	return span_class_intern(name, strlen(name));
}

__attribute__((unused)) static void count_occurrence(const struct occurrence *o,
						     void *config)
{
	(void)o;
	++*(int *)config;
}

__attribute__((unused)) static int
count_call(const char *event, const struct telemetry_fields *measurements,
	   const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	__atomic_fetch_add((int *)config, 1, __ATOMIC_RELAXED);
	return 0;
}

static inline void occur(struct event *event)
{
	struct occurrence o = { .event = event };

	event_dispatch(&o);
}

#endif
