/*
 * test_ring_read.c - what a reader gets from rings: overwritten, torn, corrupt,
 * of several threads.
 */
#define _GNU_SOURCE /* gettid */
#include "ring_fixture.h"

#include <pthread.h>
#include <sched.h>

static void write_number(uint64_t number)
{
	struct telemetry_field m[] = { field_u64(&SYM_bytes, number),
				       field_u64(&SYM_rows, number),
				       field_u64(&SYM_answers, number) };
	struct occurrence o = {
		.event = query->stop,
		.measurements = { m, 3 },
		.interned_keys = true,
		.time = number * 2,
		.duration = number,
		.span_id = number,
		.parent_span_id = number,
	};

	ring_write(&o, NULL);
}

static void check_number(void)
{
	CHECK_INT(last.start, last.duration);
	CHECK_INT(last.start, last.span_id);
	CHECK_INT(last.start, last.parent_span_id);
	CHECK_INT(last.start, last.slots[0].value);
	CHECK_INT(last.start, last.slots[1].value);
	CHECK_INT(last.start, last.slots[2].value);
}

TEST(the_newest_overwrite_the_oldest)
{
	unsigned int i;

	setup();
	for (i = 1; i <= RING_RECORDS; i++)
		write_number(i);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, RING_RECORDS);
	for (i = 1; i <= RING_RECORDS * 3 + 7; i++)
		write_number(i);
	CHECK_INT(read_ring(), RING_RECORDS * 2 + 7);
	CHECK_INT(read_count, RING_RECORDS);
	CHECK_INT(last.span_id, RING_RECORDS * 3 + 7);
	/* A place in a ring that is no more: starts over at its end. */
	seen = 1ull << 40;
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 0);
	CHECK_INT(seen, RING_RECORDS * 4 + 7);
}

TEST(a_ring_that_cannot_be_had_is_asked_for_once)
{
	uint64_t used;

	setup_limited(32768);
	write_number(1);
	CHECK(segment_put_string("x", 1));
	used = segment_header()->used;
	write_number(2);
	CHECK_INT(segment_header()->used, used);
	CHECK(segment_header()->dropped[DROP_MEMORY] >= 2);
	CHECK_INT(segment_read_own(&image), 0);
	CHECK(!next_ring(NULL));
}

TEST(a_torn_record_is_lost_not_shown)
{
	struct ring *ring;

	setup();
	write_number(1);
	write_number(2);
	ring = ring_of(&thread_self);
	ring->records[0].started++;
	CHECK_INT(read_ring(), 1);
	CHECK_INT(read_count, 1);
	CHECK_INT(last.span_id, 2);
	ring->records[1].sequence = 0;
	seen = 1;
	CHECK_INT(read_ring(), 1);
	CHECK_INT(read_count, 0);
}

TEST(a_ring_that_cannot_be_right_is_empty)
{
	static const uint32_t bad[] = { 0, 3, 255, 512, 1u << 31, UINT32_MAX };
	struct segment_block *block;
	struct ring *ring;
	size_t i;

	setup();
	write_number(1);
	ring = ring_of(&thread_self);
	block = (struct segment_block *)ring - 1;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ring->capacity = bad[i];
		CHECK_INT(read_ring(), 0);
		CHECK_INT(read_count, 0);
	}
	ring->capacity = RING_RECORDS;
	ring->head = UINT64_MAX;
	CHECK_INT(read_ring(), UINT64_MAX);
	CHECK_INT(read_count, 0);
	CHECK_INT(seen, UINT64_MAX);
	block->size = 32;
	seen = 0;
	CHECK_INT(ring_read(&image, block, &seen, keep, &seen), 0);
	CHECK_INT(read_count, 0);
}

/* A burst for each reading, while that goes on. */
#define BURST (RING_RECORDS - 40)
#define READS 2000

static uint32_t reads, stop; /* acquire, release */

static void *write_bursts(void *arg)
{
	uint32_t burst, i;

	CHECK(thread_claim(&thread_self));
	for (burst = 0; burst < READS; burst++) {
		while (load_acquire(&reads) < burst)
			sched_yield();
		for (i = 0; i < BURST; i++)
			write_number(burst * BURST + i);
	}
	thread_release(&thread_self);
	return arg;
}

static void keep_number(const struct segment_image *from,
			const struct ring_record *record, void *arg)
{
	keep(from, record, arg);
	check_number();
}

/* In both ways that there are. */
static uint64_t read_numbers(void)
{
	bool in_part = load_relaxed(&reads) & 1;

	segment_release(&image);
	CHECK_INT(segment_read_own_excerpt(&image, in_part ? &ring_news : NULL),
		  0);
	return ring_read(&image, next_ring(NULL), &seen, keep_number, &seen);
}

TEST(a_reader_never_sees_half_a_record)
{
	uint64_t lost = 0;
	pthread_t thread;
	uint32_t i;

	setup();
	CHECK_INT(pthread_create(&thread, NULL, write_bursts, NULL), 0);
	while (segment_read_own(&image) != 0 || !next_ring(NULL)) {
		segment_release(&image);
		sched_yield();
	}
	for (i = 1; i < READS; i++) {
		store_release(&reads, i);
		lost += read_numbers();
	}
	pthread_join(thread, NULL);
	lost += read_numbers();
	CHECK_INT(last.span_id, READS * BURST - 1);
	CHECK_INT(seen, READS * BURST);
	CHECK_INT(lost + read_count, seen);
	CHECK(read_count >= RING_RECORDS);
}

static void *write_one(void *arg)
{
	CHECK(thread_claim(&thread_self));
	write_number(1);
	store_release(&reads, 1);
	while (!load_acquire(&stop))
		sched_yield();
	thread_release(&thread_self);
	return arg;
}

TEST(each_thread_has_a_ring)
{
	const struct segment_block *mine, *other;
	pthread_t thread;

	setup();
	write_number(1);
	CHECK_INT(pthread_create(&thread, NULL, write_one, NULL), 0);
	while (!load_acquire(&reads))
		sched_yield();
	CHECK_INT(segment_read_own(&image), 0);
	store_release(&stop, 1);
	pthread_join(thread, NULL);
	mine = next_ring(NULL);
	other = next_ring(mine);
	CHECK_INT(mine->owner, gettid());
	CHECK(other && other->owner != mine->owner);
	CHECK(!next_ring(other));
}
