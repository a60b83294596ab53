/*
 * test_ring.c - what a ring keeps of an occurrence.
 */
#define _GNU_SOURCE /* gettid */
#include "ring_fixture.h"

#include "base/lock.h"

#include <pthread.h>

static void check_text(uint32_t id, const char *expected)
{
	uint32_t length;
	const char *text = segment_text(&image, id, &length);

	CHECK_INT(length, strlen(expected));
	CHECK_MEM(text, expected, length);
}

static void check_slot(int i, const char *key, enum ring_type type,
		       uint32_t value, uint32_t flags)
{
	check_text(last.slots[i].key, key);
	CHECK_INT(last.slots[i].type, type);
	CHECK_INT(last.slots[i].value, value);
	CHECK_INT(last.slots[i].flags, flags);
}

static uint64_t now = 1000;

static void write_fields(struct event *event, struct telemetry_field *m,
			 size_t m_count, struct telemetry_field *d,
			 size_t d_count, bool interned)
{
	struct occurrence o = {
		.event = event,
		.measurements = { m, m_count },
		.metadata = { d, d_count },
		.interned_keys = interned,
		.time = now,
		.duration = event->span ? 300 : 0,
		.span_id = event->span ? 77 : 0,
		.parent_span_id = 66,
	};

	ring_write(&o, NULL);
}

TEST(the_end_of_a_span)
{
	struct telemetry_field m[] = { field_u64(&SYM_duration, 300),
				       field_u64(&SYM_monotonic_time, 1000),
				       field_i64(&SYM_rows, -5) };
	struct telemetry_field d[] = {
		field_u64(&SYM_parent_span_id, 66), field_u64(&SYM_span_id, 77),
		field_symbol(&SYM_db_system_name, &SYM_sqlite),
		field_symbol(&SYM_error_type, NULL),
		/* Only a tag of metrics: left out. */
		field_symbol(&SYM_network_type, &SYM_ipv4),
		field_text(&SYM_db_query_text, "SELECT tx", 8)
	};

	setup();
	write_fields(query->stop, m, 3, d, 6, true);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 1);
	CHECK_INT(last.kind, TELEMETRY_RECORD_STOP);
	CHECK_INT(last.start, 700);
	CHECK_INT(last.duration, 300);
	CHECK_INT(last.span_id, 77);
	CHECK_INT(last.parent_span_id, 66);
	CHECK_INT(last.thread, gettid());
	CHECK_INT(last.flags, 0);
	check_text(last.name, "shop.query");
	check_slot(0, "rows", RING_I32, (uint32_t)-5, RING_MEASUREMENT);
	CHECK_INT(last.slots[1].type, RING_STRING);
	check_text(last.slots[1].key, "db.system.name");
	check_text(last.slots[1].value, "sqlite");
	check_text(last.slots[2].value, "SELECT t");
	CHECK_INT(last.slots[3].type, RING_NONE);
	CHECK_INT(last.slots[3].key, 0);
	/* Nothing new, and nothing lost. */
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 0);
}

TEST(a_failure_says_why_before_it_says_how_much)
{
	struct telemetry_field m[12], d[] = {
		field_symbol(&SYM_kind, &SYM_kind_errno),
		field_text(&SYM_reason, "ECONNREFUSED", 12),
	};
	int i;

	setup();
	for (i = 0; i < 12; i++)
		m[i] = field_i64(&SYM_bytes, i);
	write_fields(query->exception, m, 12, d, 2, true);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(last.kind, TELEMETRY_RECORD_EXCEPTION);
	check_text(last.slots[0].key, "kind");
	check_text(last.slots[0].value, "errno");
	check_text(last.slots[1].key, "reason");
	check_text(last.slots[1].value, "ECONNREFUSED");
	check_slot(8, "bytes", RING_I32, 6, RING_MEASUREMENT);
	CHECK_INT(last.flags, RING_TRUNCATED);
	CHECK_INT(segment_header()->dropped[DROP_FIELD], 5);
}

TEST(a_single_event_keeps_its_own_duration)
{
	struct telemetry_field m[] = { TELEMETRY_U64("duration", 5) };

	setup();
	write_fields(single, m, 1, NULL, 0, false);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(last.kind, TELEMETRY_RECORD_EVENT);
	CHECK_INT(last.start, 1000);
	CHECK_INT(last.duration, 0);
	CHECK_INT(last.span_id, 0);
	check_text(last.name, "shop.opened");
	check_slot(0, "duration", RING_U32, 5, RING_MEASUREMENT);
}

TEST(a_start_is_not_recorded)
{
	setup();
	write_fields(query->stop, NULL, 0, NULL, 0, true);
	write_fields(query->start, NULL, 0, NULL, 0, true);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 1);
}

TEST(every_type_fits_or_takes_two_slots)
{
	double pi = 3.25;
	uint64_t bits;
	struct telemetry_field d[] = {
		TELEMETRY_I64("a", INT32_MIN),	TELEMETRY_I64("b", INT64_MIN),
		TELEMETRY_U64("c", UINT32_MAX), TELEMETRY_U64("d", 1ull << 32),
		TELEMETRY_BOOLEAN("e", 7),	TELEMETRY_F64("f", pi),
	};

	setup();
	memcpy(&bits, &pi, sizeof(bits));
	write_fields(query->stop, NULL, 0, d, 6, false);
	CHECK_INT(read_ring(), 0);
	check_slot(0, "a", RING_I32, (uint32_t)INT32_MIN, 0);
	check_slot(1, "b", RING_I64, 0, 0);
	check_slot(2, "b", RING_UPPER, 1u << 31, 0);
	check_slot(3, "c", RING_U32, UINT32_MAX, 0);
	check_slot(4, "d", RING_U64, 0, 0);
	check_slot(5, "d", RING_UPPER, 1, 0);
	check_slot(6, "e", RING_BOOL, 1, 0);
	check_slot(7, "f", RING_DOUBLE, (uint32_t)bits, 0);
	check_slot(8, "f", RING_UPPER, (uint32_t)(bits >> 32), 0);
	CHECK_INT(last.flags, 0);
}

TEST(what_does_not_fit_is_counted)
{
	static char longest[SYMBOL_LENGTH_MAX + 1];
	struct telemetry_field d[10];
	int i;

	setup();
	memset(longest, 'x', sizeof(longest));
	d[0] = field_text(&SYM_function, longest, sizeof(longest));
	d[1] = field_pointer(&SYM_address, longest);
	write_fields(single, NULL, 0, d, 2, true);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(last.flags, RING_TRUNCATED);
	CHECK_INT(segment_header()->dropped[DROP_FIELD], 1);
	check_slot(0, "address", RING_U64, (uint32_t)(uintptr_t)longest, 0);
	/* Eight slots are taken: a wide value no longer fits, a narrow does. */
	for (i = 0; i < 8; i++)
		d[i] = field_i64(&SYM_fd, i);
	d[8] = field_pointer(&SYM_address, longest);
	d[9] = field_i64(&SYM_fd, 8);
	write_fields(single, NULL, 0, d, 10, true);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(segment_header()->dropped[DROP_FIELD], 2);
	check_slot(8, "fd", RING_I32, 8, 0);
}

/* Behind it they would be in a page of their own. */
TEST(texts_of_the_first_record_come_before_the_ring)
{
	const struct segment_block *block;
	struct telemetry_field d[] = { telemetry_str("a key", "a value") };
	uint64_t at;

	setup();
	write_fields(single, NULL, 0, d, 1, false);
	block = (const void *)ring_of(&thread_self);
	block--;
	at = (uint64_t)((const char *)block - (const char *)segment_header());
	CHECK_INT(segment_header()->used, at + block->size);
	CHECK_INT(read_ring(), 0);
	check_text(last.slots[0].key, "a key");
}

/* ---- a ring that is not to be had ------------------------------------------ */

static pthread_barrier_t barrier;

static void *keep_all_locks(void *unused)
{
	CHECK(lock_all_acquire());
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	lock_all_release(false);
	return unused;
}

TEST(a_ring_is_asked_for_again)
{
	const uint64_t *dropped;
	pthread_t holder;

	setup();
	/* The segment's lock is known to lock_all_acquire() from then on. */
	CHECK(segment_alloc(SEGMENT_CELL, 64, 0, 0));
	pthread_barrier_init(&barrier, NULL, 2);
	CHECK_INT(pthread_create(&holder, NULL, keep_all_locks, NULL), 0);
	pthread_barrier_wait(&barrier);
	write_fields(single, NULL, 0, NULL, 0, true);
	CHECK(!ring_of(&thread_self));
	pthread_barrier_wait(&barrier);
	CHECK_INT(pthread_join(holder, NULL), 0);
	dropped = segment_header()->dropped;
	CHECK_INT(dropped[DROP_LOCK], 1);
	CHECK_INT(dropped[DROP_MEMORY], 0);
	/* Not for each record. */
	now += 999999999;
	write_fields(single, NULL, 0, NULL, 0, true);
	CHECK(!ring_of(&thread_self));
	CHECK_INT(dropped[DROP_LOCK] + dropped[DROP_MEMORY], 2);
	now += 1;
	write_fields(single, NULL, 0, NULL, 0, true);
	write_fields(single, NULL, 0, NULL, 0, true);
	CHECK_INT(dropped[DROP_LOCK] + dropped[DROP_MEMORY], 2);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 2);
	CHECK_INT(last.start, now);
}
