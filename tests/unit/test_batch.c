/* test_batch.c - records of rings, as reporters get them. */
#include "runtime/batch.h"

#include "base/thread.h"
#include "event/span.h"
#include "group_fixture.h"
#include "recorder/ring.h"

#include <pthread.h>

static struct span_class *query;
static struct event *opened;

static void begin(void)
{
	setup();
	thread_init();
	symbol_init();
	CHECK(thread_claim(&thread_self));
	query = span_class_intern("shop.query", 10);
	opened = event_intern("shop.opened", 11);
	CHECK(query && opened);
}

/* A span end at `end`, or an event without a span. */
static void record(struct event *event, uint64_t end, uint64_t duration,
		   const struct telemetry_field *metadata, size_t count)
{
	struct telemetry_field measurement = field_u64(&SYM_bytes, 1ull << 40);
	struct occurrence o = {
		.event = event,
		.time = end,
		.duration = duration,
		.measurements = { &measurement, 1 },
		.metadata = { metadata, count },
		.span_id = 7,
		.parent_span_id = 6,
	};

	ring_write(&o, NULL);
}

static unsigned int calls;
static uint64_t records, lost, last_end;
static void (*look)(const struct telemetry_batch *batch);

static void take(const struct telemetry_batch *batch)
{
	size_t i;

	calls++;
	lost += batch->lost;
	records += batch->record_count;
	last_end = 0;
	for (i = 0; i < batch->record_count; i++) {
		const struct telemetry_record *r = &batch->records[i];

		CHECK(r->process < batch->process_count);
		CHECK(r->time + r->duration >= last_end);
		last_end = r->time + r->duration;
	}
	if (look)
		look(batch);
}

/* Everything that is new in this process's segment. */
static uint64_t deliver(void)
{
	struct segment_image image;

	calls = 0;
	records = lost = 0;
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_INT(batch_begin(take, RING_RECORDS), 0);
	batch_add(&image, &(struct batch_source){ .path = segment_path(),
						  .own = true,
						  .alive = true });
	segment_release(&image);
	CHECK_INT(batch_end(), records);
	return records;
}

static void look_at_one(const struct telemetry_batch *batch)
{
	const struct telemetry_record *r = &batch->records[0];
	const struct segment_header *h = segment_header();
	const struct telemetry_attribute *a = r->attributes;

	CHECK_INT(r->kind, TELEMETRY_RECORD_STOP);
	CHECK_STR(r->name, "shop.query");
	CHECK_INT(r->monotonic, h->started_monotonic + 1000);
	CHECK_INT(r->time, h->started_wall + 1000);
	CHECK_INT(r->duration, 500);
	CHECK_INT(r->span_id, 7);
	CHECK_INT(r->parent_span_id, 6);
	CHECK_INT(r->thread, thread_self.tid);
	CHECK(!r->failure_kind && !r->failure_reason && !r->truncated);
	CHECK_INT(r->attribute_count, 3);
	CHECK_STR(a[0].key, "bytes");
	CHECK(a[0].is_measurement);
	CHECK_INT(a[0].integer, 1ll << 40);
	CHECK_STR(a[1].key, "fd");
	CHECK(!a[1].is_measurement);
	CHECK_INT(a[1].integer, -3);
	CHECK_INT(a[2].type, TELEMETRY_ATTRIBUTE_STRING);
	CHECK_STR(a[2].string, "select ?");
	CHECK_INT(batch->process_count, 1);
	CHECK_INT(batch->processes[0].pid, getpid());
	CHECK_INT(batch->processes[0].live, 1);
}

TEST(shows_a_span)
{
	struct telemetry_field metadata[] = {
		field_i64(&SYM_fd, -3),
		field_text(&SYM_db_query_text, "select ?", 8),
	};
	uint64_t start;

	begin();
	/* The segment is made by the first one. */
	record(opened, 1, 0, NULL, 0);
	deliver();
	start = segment_header()->started_monotonic;
	record(query->stop, start + 1500, 500, metadata, 2);
	look = look_at_one;
	CHECK_INT(deliver(), 1);
	remove_dir();
}

static void look_at_unsigned(const struct telemetry_batch *batch)
{
	const struct telemetry_attribute *a = batch->records[0].attributes;

	CHECK_INT(batch->records[0].attribute_count, 4);
	CHECK_INT(a[1].type, TELEMETRY_ATTRIBUTE_INT);
	CHECK_INT(a[1].integer, INT64_MAX);
	CHECK_INT(a[2].type, TELEMETRY_ATTRIBUTE_DOUBLE);
	CHECK(a[2].number == 0x1p63);
	CHECK_INT(a[3].type, TELEMETRY_ATTRIBUTE_DOUBLE);
	CHECK(a[3].number == 0x1p64);
}

TEST(shows_no_large_number_as_a_negative_one)
{
	struct telemetry_field metadata[] = {
		field_u64(&SYM_fd, INT64_MAX),
		field_u64(&SYM_bytes_sent, 1ull << 63),
		field_u64(&SYM_bytes_received, UINT64_MAX),
	};

	begin();
	look = look_at_unsigned;
	record(opened, 1, 0, metadata, 3);
	CHECK_INT(deliver(), 1);
	remove_dir();
}

static void look_at_failure(const struct telemetry_batch *batch)
{
	const struct telemetry_record *r = &batch->records[0];

	CHECK_INT(r->kind, TELEMETRY_RECORD_EXCEPTION);
	CHECK_STR(r->failure_kind, "errno");
	CHECK_STR(r->failure_reason, "EPIPE");
	CHECK_INT(r->attribute_count, 2);
}

TEST(shows_why_a_span_failed)
{
	struct telemetry_field metadata[] = {
		field_text(&SYM_kind, "errno", 5),
		field_text(&SYM_reason, "EPIPE", 5),
		field_i64(&SYM_fd, 3),
	};

	begin();
	record(query->exception, 5000, 10, metadata, 3);
	look = look_at_failure;
	CHECK_INT(deliver(), 1);
	remove_dir();
}

TEST(delivers_each_record_once_whoever_asks)
{
	int status;
	pid_t pid;

	begin();
	record(query->stop, 10, 1, NULL, 0);
	record(opened, 11, 0, NULL, 0);
	CHECK_INT(deliver(), 2);
	CHECK_INT(deliver(), 0);
	record(opened, 12, 0, NULL, 0);
	/* Another exporter: it goes by the file. */
	pid = fork();
	if (pid == 0) {
		struct segment_image image;

		CHECK_INT(segment_read_file(segment_path(), &image), 0);
		CHECK_INT(batch_begin(take, RING_RECORDS), 0);
		batch_add(&image,
			  &(struct batch_source){ .path = segment_path(),
						  .alive = true });
		_exit(batch_end() != 1);
	}
	waitpid(pid, &status, 0);
	CHECK_INT(status, 0);
	CHECK_INT(deliver(), 0);
	remove_dir();
}

TEST(works_in_private_memory)
{
	struct segment_options options = { .dir = "/dev/null/none" };

	begin();
	segment_configure(&options);
	record(opened, 11, 0, NULL, 0);
	CHECK(segment_path() == NULL);
	CHECK_INT(deliver(), 1);
	CHECK_INT(deliver(), 0);
	remove_dir();
}

static void *record_some(void *arg)
{
	int i, count = *(int *)arg;

	CHECK(thread_claim(&thread_self));
	for (i = 0; i < count; i++)
		record(opened, (uint64_t)i + 1, 0, NULL, 0);
	return arg;
}

/* Whoever looks seldom for the sake of one ring has to know of the others. */
TEST(counts_what_was_overwritten)
{
	int counts[] = { RING_RECORDS + 9, 5 };
	pthread_t thread;

	begin();
	record_some(&counts[0]);
	CHECK(!pthread_create(&thread, NULL, record_some, &counts[1]));
	CHECK(!pthread_join(thread, NULL));
	CHECK_INT(deliver(), RING_RECORDS + 5);
	CHECK_INT(lost, 9);
	CHECK_INT(batch_most(), RING_RECORDS + 9);
	CHECK_INT(batch_most_whole(), 5);
	CHECK_INT(segment_header()->dropped[DROP_RING], 9);
	remove_dir();
}

/* It would seem to overflow at each look. */
TEST(nothing_is_new_in_a_ring_that_is_not_sound)
{
	struct ring *ring;

	begin();
	record(opened, 1, 0, NULL, 0);
	ring = ring_of(&thread_self);
	ring->head = RING_RECORDS + 9;
	ring->capacity++;
	CHECK_INT(deliver(), 0);
	CHECK_INT(batch_most(), 0);
	ring->capacity--;
	ring->taken = ring->head + 1;
	CHECK_INT(deliver(), 0);
	CHECK_INT(batch_most(), 0);
	remove_dir();
}

/* Ten rings, as of ten threads. */
static void fill_rings(void)
{
	int ring, i;

	for (ring = 0; ring < 10; ring++) {
		thread_self.owner->recorder = NULL;
		for (i = 0; i < RING_RECORDS; i++)
			record(query->stop, (uint64_t)(1000 - i) * 10, 5, NULL,
			       0);
	}
}

/* In each batch a text is copied again. */
static void look_at_texts(const struct telemetry_batch *batch)
{
	size_t i;

	for (i = 0; i < batch->record_count; i++) {
		const struct telemetry_record *r = &batch->records[i];

		CHECK_STR(r->name, "shop.query");
		CHECK_INT(r->attribute_count, 1);
		CHECK_STR(r->attributes[0].key, "bytes");
		/* One copy, which is how reporters know it. */
		CHECK(r->name == batch->records[0].name);
	}
	CHECK(strstr(batch->processes[0].executable, "test_batch"));
}

TEST(goes_on_when_a_batch_is_full)
{
	begin();
	fill_rings();
	look = look_at_texts;
	CHECK_INT(deliver(), 10 * RING_RECORDS);
	CHECK(calls > 1);
	CHECK_INT(lost, 0);
	remove_dir();
}

TEST(more_segments_than_fit)
{
	struct segment_image image;
	int i;

	begin();
	record(opened, 11, 0, NULL, 0);
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_INT(batch_begin(take, RING_RECORDS), 0);
	for (i = 0; i < 500; i++)
		batch_add(&image, &(struct batch_source){ .alive = true });
	CHECK_INT(batch_end(), 500);
	remove_dir();
}

/* A ring that is not what it should be. */
#define NAMES 200

static void look_at_names(const struct telemetry_batch *batch)
{
	char name[32];
	size_t i;

	CHECK_INT(batch->record_count, 2 * NAMES);
	for (i = 0; i < batch->record_count; i++) {
		snprintf(name, sizeof(name), "shop.%s%03zu",
			 batch->records[i].process ? "Event" : "event", i / 2);
		CHECK_STR(batch->records[i].name, name);
	}
}

/* Many, and others in another segment, at the same places. */
TEST(texts_are_those_of_their_segment)
{
	struct segment_image image;
	uint8_t *at;
	int i;

	begin();
	for (i = 0; i < NAMES; i++) {
		char name[32];
		struct event *event;

		snprintf(name, sizeof(name), "shop.event%03d", i);
		event = event_intern(name, strlen(name));
		CHECK(event);
		record(event, (uint64_t)(1000 + i), 0, NULL, 0);
	}
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_INT(batch_begin(take, RING_RECORDS), 0);
	batch_add(&image, &(struct batch_source){ .alive = true });
	while ((at = memmem(image.bytes, image.size, "shop.event", 10)))
		at[5] = 'E';
	batch_add(&image, &(struct batch_source){ .alive = true });
	look = look_at_names;
	CHECK_INT(batch_end(), 2 * NAMES);
	remove_dir();
}

TEST(survives_a_broken_ring)
{
	struct ring *ring;
	struct ring_record *r;

	begin();
	record(opened, 11, 0, NULL, 0);
	record(opened, 12, 0, NULL, 0);
	ring = ring_of(&thread_self);
	r = &ring->records[0];
	r->kind = 77;
	r = &ring->records[1];
	r->name = 0xfffffff0;
	memset(r->slots, 0xff, sizeof(r->slots));
	CHECK_INT(deliver(), 0);
	record(opened, 13, 0, NULL, 0);
	ring->head = UINT64_MAX;
	deliver();
	ring->taken = 0;
	ring->capacity = 3;
	CHECK_INT(deliver(), 0);
	remove_dir();
}
