/*
 * test_metric_exemplar.c - the spans behind the values of a distribution.
 */
#include "metric_fixture.h"

#include "metric/cells.h"

#include <pthread.h>

static void emit_span(uint64_t span_id, int64_t duration, uint64_t time)
{
	struct telemetry_field m[] = { telemetry_i64("n", duration) };
	struct occurrence o = {
		.event = event_intern("a.b", 3),
		.measurements = { m, 1 },
		.time = time,
		.span_id = span_id,
	};

	event_dispatch(&o);
}

static const struct telemetry_exemplar *
exemplar_of(const struct telemetry_sample *s, double value)
{
	size_t i;

	for (i = 0; i < s->exemplar_count; i++)
		if (s->exemplars[i].value == value)
			return &s->exemplars[i];
	return NULL;
}

static uint64_t wall_offset(void)
{
	return segment_header()->started_wall -
	       segment_header()->started_monotonic;
}

TEST(the_last_in_the_unit_of_the_metric)
{
	const struct telemetry_sample *s;

	setup();
	define("distribution(d, event=a.b, measurement=n, buckets=[1, 2],"
	       " unit=native:second)");
	emit_span(0, 500000000, 100);
	s = find_sample(view(), "d", "", "");
	CHECK_INT(s->exemplar_count, 0);
	emit_span(7, 500000000, 200);
	emit_span(8, 1500000000, 300);
	emit_span(0, 250000000, 400);
	s = find_sample(view(), "d", "", "");
	CHECK_INT(s->count, 4);
	CHECK_INT(s->exemplar_count, 1);
	CHECK(exemplar_of(s, 1.5) != NULL);
	CHECK_INT(exemplar_of(s, 1.5)->span_id, 8);
	CHECK_INT(exemplar_of(s, 1.5)->time, 300 + wall_offset());
	teardown();
}

static pthread_barrier_t all_there;

static void *emit_elsewhere(void *arg)
{
	const int64_t *values = arg;

	CHECK(thread_claim(&thread_self));
	emit_span((uint64_t)values[0], values[1], (uint64_t)values[2]);
	thread_release(&thread_self);
	/* Cells of a thread that has ended are handed on. */
	pthread_barrier_wait(&all_there);
	return NULL;
}

/* Of each bucket the newest, whichever thread it is from. */
TEST(one_of_each_bucket)
{
	int64_t others[][3] = { { 2, 15, 300 }, { 3, 16, 200 }, { 4, 99, 50 } };
	const struct telemetry_sample *s;
	pthread_t thread[3];
	size_t i;

	setup();
	define("distribution(d, event=a.b, measurement=n, buckets=[10, 20])");
	emit_span(1, 5, 100);
	thread_release(&thread_self);
	CHECK(!pthread_barrier_init(&all_there, NULL, 3));
	for (i = 0; i < 3; i++)
		CHECK(!pthread_create(&thread[i], NULL, emit_elsewhere,
				      others[i]));
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	CHECK(thread_claim(&thread_self));
	s = find_sample(view(), "d", "", "");
	CHECK_INT(s->count, 4);
	CHECK_INT(s->exemplar_count, 3);
	CHECK_INT(exemplar_of(s, 5)->span_id, 1);
	CHECK_INT(exemplar_of(s, 15)->span_id, 2);
	CHECK_INT(exemplar_of(s, 99)->span_id, 4);
	teardown();
}

/* What a file holds of one that is being written. */
TEST(half_of_one_is_none)
{
	const struct telemetry_sample *s;
	const struct segment_block *block = NULL;
	struct segment_image image;
	struct cell_distribution *cell = NULL;
	struct snapshot *snapshot;

	setup();
	define("distribution(d, event=a.b, measurement=n, buckets=[10, 20])");
	emit_span(1, 5, 100);
	CHECK_INT(segment_read_own(&image), 0);
	while ((block = segment_next(&image, block)))
		if (block->kind == SEGMENT_CELL) {
			struct cell_page *page =
				(void *)(uintptr_t)segment_block_body(block);

			cell = (void *)((char *)page + page->first);
			break;
		}
	CHECK(cell && cell->exemplar.number == 1 && cell->exemplar.begun == 1);
	cell->exemplar.begun = 2;
	snapshot = snapshot_new();
	CHECK_INT(snapshot_add(snapshot, &image), 0);
	s = find_sample(snapshot_view(snapshot), "d", "", "");
	CHECK_INT(s->count, 1);
	CHECK_INT(s->exemplar_count, 0);
	snapshot_free(snapshot);
	cell->exemplar.begun = 1;
	cell->exemplar.bucket = 3;
	snapshot = snapshot_new();
	CHECK_INT(snapshot_add(snapshot, &image), 0);
	s = find_sample(snapshot_view(snapshot), "d", "", "");
	CHECK_INT(s->exemplar_count, 0);
	teardown();
}
