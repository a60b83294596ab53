/*
 * test_known_times.c - durations of spans that come again and again, as those
 * of waits: whatever else listens, a distribution says what it would say if
 * each had come once.
 */
#include "known_fixture.h"

#include "metric/spare.h"

static struct span_class *others;
static uint64_t last_id, last_end;

static size_t describe_wait(const struct known *known,
			    struct telemetry_field *fields)
{
	described++;
	field_set_u64(&fields[0], &SYM_ready, known->values[0]);
	field_set_symbol(&fields[1], &SYM_operation, &SYM_wait);
	return 2;
}

static void stop_after(const struct span_class *of, uint64_t same, uint64_t ns,
		       uint64_t ready)
{
	struct known known = {
		.same = same,
		.describe = describe_wait,
		.measurements = 1,
		.values = { ready },
	};
	struct span span;

	span_open(&span, of, FRAME(), LIBRARY_NONE, NULL, 0);
	last_id = span.id;
	last_end = span.start + ns;
	span_stop_known(&span, last_end, &known);
}

/* By a plan, and by one that nobody meets again. */
static void stop_both(uint64_t ns, uint64_t ready)
{
	static uint64_t never = 1 << 20;

	stop_after(others, ++never, ns, ready);
	stop_after(class, 17, ns, ready);
}

static void begin_times(void)
{
	begin();
	others = span_class_intern("shop.other", 10);
	CHECK(others != NULL);
}

/* The same of both spans: `of` of shop.call, its twin of shop.other. */
static void define_both(const char *type, const char *name, const char *rest)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "%s(%s, span=shop.call, %s);%s(%s.twin, span=shop.other, %s)",
		 type, name, rest, type, name, rest);
	CHECK_INT(define(text), 0);
}

static const uint64_t durations[] = {
	10, 0,	9,	    11,		 10,	      100,	   101, 4999,
	7,  10, 0xffffffff, 0x100000000, 5000000000u, 5000000001u, 1,	3,
};

static void stop_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(durations); i++)
		stop_both(durations[i], i);
}

static void check_both(const char *name)
{
	const struct telemetry_snapshot *s = view();
	const struct telemetry_sample *a, *b;
	char twin[64];
	size_t i;

	snprintf(twin, sizeof(twin), "%s.twin", name);
	a = find_sample(s, name, "", "");
	b = find_sample(s, twin, "", "");
	CHECK(a && b);
	CHECK_INT(a->count, b->count);
	CHECK(a->value == b->value);
	CHECK(a->min == b->min && a->max == b->max);
	for (i = 0; a->buckets && i <= find_metric(s, name)->bound_count; i++)
		CHECK_INT(a->buckets[i], b->buckets[i]);
	CHECK_INT(a->exemplar_count, b->exemplar_count);
	for (i = 0; i < a->exemplar_count; i++) {
		CHECK(a->exemplars[i].value == b->exemplars[i].value);
		CHECK_INT(a->exemplars[i].span_id, last_id);
	}
	snapshot_free(fixture_snapshot);
}

/* ---- one distribution ------------------------------------------------------ */

static void stop_and_check(const char *rest)
{
	begin_times();
	define_both("distribution", "shop.time", rest);
	recorder_start("*");
	stop_all();
	check_both("shop.time");
	teardown();
}

TEST(in_any_bucket)
{
	stop_and_check("measurement=duration, buckets=[10, 100, 5000000000]");
}

TEST(in_a_first_bucket_without_end)
{
	stop_and_check("measurement=duration, buckets=[5000000000]");
}

TEST(in_a_first_bucket_of_nothing)
{
	stop_and_check("measurement=duration, buckets=[0, 10]");
}

TEST(above_a_negative_bucket)
{
	stop_and_check("measurement=duration, buckets=[-5, 9]");
}

TEST(in_another_unit)
{
	stop_and_check("measurement=duration, buckets=[1, 5],"
		       " unit=native:second, tags=[error.type]");
}

TEST(not_what_is_no_duration)
{
	stop_and_check("measurement=ready, buckets=[5, 10]");
}

TEST(the_span_behind_a_value)
{
	const struct telemetry_sample *s;

	begin_times();
	define("distribution(shop.time, span=shop.call, measurement=duration,"
	       " buckets=[10])");
	stop_all();
	s = find_sample(view(), "shop.time", "", "");
	CHECK_INT(s->exemplar_count, 1);
	CHECK(s->exemplars[0].value == 3);
	CHECK_INT(s->exemplars[0].span_id, last_id);
	CHECK_INT(s->exemplars[0].time,
		  last_end + segment_header()->started_wall -
			  segment_header()->started_monotonic);
	teardown();
}

/* ---- and others -------------------------------------------------------------- */

TEST(beside_other_metrics)
{
	begin_times();
	define_both("distribution", "shop.time",
		    "measurement=duration, buckets=[10, 100]");
	stop_all();
	define_both("counter", "shop.calls", "tags=[operation]");
	stop_all();
	define_both("sum", "shop.ready", "measurement=ready");
	stop_all();
	recorder_start("*");
	stop_all();
	check_both("shop.time");
	CHECK_INT(find_sample(view(), "shop.calls", "operation", "wait")->count,
		  3 * ARRAY_SIZE(durations));
	teardown();
}

TEST(beside_another_of_its_kind)
{
	begin_times();
	define_both("distribution", "shop.time",
		    "measurement=duration, buckets=[10, 100]");
	define_both("distribution", "shop.more",
		    "measurement=duration, buckets=[100, 5000]");
	recorder_start("*");
	stop_all();
	check_both("shop.time");
	check_both("shop.more");
	teardown();
}

TEST(beside_those_that_look_each_time)
{
	begin_times();
	define_both("distribution", "shop.time",
		    "measurement=duration, buckets=[10, 100]");
	define_both("summary", "shop.all", "measurement=duration");
	define_both("counter", "shop.some", "keep=[ready >= 5]");
	recorder_start("*");
	stop_all();
	check_both("shop.time");
	check_both("shop.all");
	check_both("shop.some");
	CHECK_INT(find_sample(view(), "shop.some", "", "")->count,
		  ARRAY_SIZE(durations) - 5);
	teardown();
}

/* ---- records ------------------------------------------------------------------ */

static struct ring_record records[64];
static size_t record_count;

static void keep(const struct segment_image *image UNUSED,
		 const struct ring_record *record, void *arg UNUSED)
{
	CHECK(record_count < ARRAY_SIZE(records));
	records[record_count++] = *record;
}

static void read_records(void)
{
	const struct segment_block *block = NULL;
	struct segment_image image;
	uint64_t seen = 0;

	CHECK_INT(segment_read_own(&image), 0);
	while ((block = segment_next(&image, block)))
		if (block->kind == SEGMENT_RING)
			ring_read(&image, block, &seen, keep, NULL);
	segment_release(&image);
}

/* Two at a time, which differ in their names and ids. */
static void check_records(void)
{
	size_t i;

	CHECK_INT(record_count, 2 * ARRAY_SIZE(durations) + 4);
	for (i = 0; i < record_count; i += 2) {
		struct ring_record *a = &records[i], *b = &records[i + 1];

		CHECK(a->span_id != b->span_id && a->name != b->name);
		CHECK_INT(a->duration, b->duration);
		CHECK_INT(a->kind, b->kind);
		CHECK_INT(a->flags, b->flags);
		CHECK_INT(a->thread, b->thread);
		CHECK_INT(a->parent_span_id, b->parent_span_id);
		CHECK_MEM(a->slots, b->slots, sizeof(a->slots));
		if (i / 2 < ARRAY_SIZE(durations))
			CHECK_INT(a->duration, durations[i / 2]);
	}
}

/* One that does not fit is written, and counted, once. */
TEST(records_are_those_of_each_call)
{
	begin_times();
	define_both("distribution", "shop.time",
		    "measurement=duration, buckets=[10, 100]");
	recorder_start("*");
	stop_all();
	stop_both(5, 1ull << 40);
	stop_both(5, 1);
	read_records();
	check_records();
	check_both("shop.time");
	teardown();
}

TEST(fields_are_made_for_nobody)
{
	unsigned int at_first;
	size_t i;

	begin_times();
	recorder_start("*");
	define("distribution(shop.time, span=shop.call, measurement=duration,"
	       " buckets=[10, 100], tags=[operation])");
	stop_after(class, 17, 5, 1);
	at_first = described;
	for (i = 0; i < ARRAY_SIZE(durations); i++)
		stop_after(class, 17, durations[i], i);
	CHECK_INT(described, at_first);
	teardown();
}

/* ---- what ends a plan ------------------------------------------------------- */

TEST(a_series_begins_anew)
{
	const struct telemetry_sample *s;

	begin_times();
	spares_rest_ns = 0;
	define("distribution(shop.time, span=shop.call, measurement=duration,"
	       " buckets=[10, 100], tags=[operation])");
	stop_all();
	CHECK_INT(delete_series("shop.time", "operation", "wait"), 0);
	stop_after(class, 17, 5, 1);
	stop_after(class, 17, 6, 1);
	stop_after(class, 17, 50, 1);
	s = find_sample(view(), "shop.time", "operation", "wait");
	CHECK_INT(s->count, 3);
	CHECK(s->value == 61);
	CHECK(s->min == 5 && s->max == 50);
	teardown();
}

TEST(a_metric_goes)
{
	int i;

	begin_times();
	api_set_state(API_ON);
	recorder_start("*");
	for (i = 1; i <= 3; i++) {
		define("distribution(shop.time, span=shop.call,"
		       " measurement=duration, buckets=[10, 100])");
		stop_all();
		stop_after(class, 17, 1000, 1);
		CHECK(find_sample(view(), "shop.time", "", "")->count ==
		      ARRAY_SIZE(durations) + 1);
		thread_release(&thread_self);
		CHECK_INT(telemetry_metric_delete("shop.time"), 0);
		CHECK(thread_claim(&thread_self));
		stop_after(class, 17, 5, 1);
		stop_after(class, 17, 1000, 1);
	}
	teardown();
}
