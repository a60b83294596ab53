/*
 * ring_fixture.h - a process with one span, one event and its ring, for
 * test_ring.c and test_ring_read.c.
 */
#ifndef TESTS_UNIT_RING_FIXTURE_H
#define TESTS_UNIT_RING_FIXTURE_H

#include "recorder/ring.h"

#include "base/thread.h"
#include "telemetry/reporter.h"
#include "test.h"

static struct segment_image image;
static struct ring_record last;
static unsigned int read_count;
static uint64_t seen;
static struct span_class *query;
static struct event *single;

/* Without a group the segment is private memory. */
static void setup_limited(uint64_t limit)
{
	struct segment_options options = { .limit = limit };

	segment_configure(&options);
	thread_init();
	symbol_init();
	CHECK(thread_claim(&thread_self));
	query = span_class_intern("shop.query", 10);
	single = event_intern("shop.opened", 11);
	CHECK(query && single);
}

static void setup(void)
{
	setup_limited(0);
}

static void keep(const struct segment_image *from,
		 const struct ring_record *record, void *arg)
{
	CHECK(from == &image);
	CHECK(arg == &seen);
	last = *record;
	read_count++;
}

static const struct segment_block *next_ring(const struct segment_block *block)
{
	do
		block = segment_next(&image, block);
	while (block && block->kind != SEGMENT_RING);
	return block;
}

/* Of this process's only ring; returns how many records were lost. */
static uint64_t read_ring(void)
{
	const struct segment_block *block;
	uint64_t lost;

	segment_release(&image);
	CHECK_INT(segment_read_own(&image), 0);
	block = next_ring(NULL);
	CHECK(block);
	read_count = 0;
	lost = ring_read(&image, block, &seen, keep, &seen);
	CHECK(!next_ring(block));
	return lost;
}

#endif
