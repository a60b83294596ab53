/*
 * test_span_brief.c - spans of which nobody wants to know more than when and
 * how long: told in short, and as exactly as the others.
 */
#include "metric_fixture.h"

#include "base/clock.h"
#include "event/span_stop.h"

#include <pthread.h>

#define WARM 50000000u
#define HOUR 3600000000000u

/* With a segment, the API, and the clock's TSC where there is one. */
static void begin_test(void)
{
	uint64_t begun, now;

	clock_init();
	setup();
	thread_release(&thread_self);
	api_set_state(API_ON);
	/* Without a scale for the TSC no span is a plain one; where there is
	 * no TSC all go the other way, and are counted as well. */
	begun = clock_ns();
	while (!clock_try(&now) && clock_ns() - begun < WARM)
		;
}

static int defined(const char *text)
{
	int result;

	CHECK(thread_claim(&thread_self));
	result = define(text);
	thread_release(&thread_self);
	return result;
}

static void spans(const char *name, int count)
{
	struct telemetry_span s;

	while (count-- > 0) {
		CHECK_INT(telemetry_span_begin(&s, name, NULL, 0), 0);
		CHECK_INT(telemetry_span_end(&s, NULL, 0, NULL, 0), 0);
	}
}

static uint64_t count_of(const char *name)
{
	const struct telemetry_sample *s = find_sample(view(), name, "", "");

	CHECK(s != NULL);
	return s->count;
}

static bool is_brief(const char *name)
{
	const struct span_class *c = span_class_find(name, strlen(name));

	CHECK(c != NULL);
	return !(c->stop->needs & NEED_VALUES);
}

TEST(each_type_counts_each_span)
{
	const struct telemetry_sample *s;

	begin_test();
	defined("counter(c, event=op.stop); "
		"sum(s, event=op.stop, measurement=duration); "
		"last_value(l, event=op.stop, measurement=duration); "
		"summary(q, event=op.stop, measurement=duration); "
		"distribution(d, span=op, measurement=duration, tags=[span], "
		"buckets=[3600], unit=native:second)");
	spans("op", 1000);
	CHECK(is_brief("op"));
	CHECK_INT(count_of("c"), 1000);
	CHECK_INT(count_of("s"), 1000);
	CHECK_INT(count_of("l"), 1000);
	CHECK_INT(count_of("q"), 1000);
	s = find_sample(view(), "d", "span", "op");
	CHECK_INT(s->count, 1000);
	CHECK_INT(s->buckets[0], 1000);
	CHECK(s->value * 1e9 > find_sample(view(), "s", "", "")->value * 0.99);
	CHECK_INT(s->exemplar_count, 1);
	CHECK(s->exemplars[0].span_id != 0);
}

/* Where the clock stands still. */
TEST(no_time_is_a_duration)
{
	struct owner *owner;
	struct span span;

	begin_test();
	defined("distribution(d, event=op.stop, measurement=duration, "
		"buckets=[0], unit=nanosecond)");
	CHECK(thread_claim(&thread_self));
	owner = thread_self.owner;
	/* The first one of the thread, and those that follow. */
	for (int i = 0; i < 3; i++) {
		span_open(&span, span_class_find("op", 2), &span, LIBRARY_NONE,
			  NULL, 0);
		CHECK(span_stop_brief(owner, &span, span.start));
	}
	thread_release(&thread_self);
	CHECK_INT(count_of("d"), 3);
	CHECK_INT(find_sample(view(), "d", "", "")->buckets[0], 3);
	CHECK_INT(drops(DROP_VALUE), 0);
}

/* What a program executes in the name of a span has measurements only. */
TEST(an_executed_end_has_the_duration_that_it_says)
{
	struct telemetry_field m[] = { telemetry_u64("duration", HOUR) };

	begin_test();
	defined("sum(s, event=op.stop, measurement=duration)");
	telemetry_execute("op.stop", m, 1, NULL, 0);
	telemetry_execute("op.stop", NULL, 0, NULL, 0);
	CHECK_INT(count_of("s"), 1);
	CHECK(find_sample(view(), "s", "", "")->value == (double)HOUR);
	CHECK_INT(drops(DROP_VALUE), 1);
}

TEST(a_start_has_no_duration)
{
	const struct telemetry_metric *m;

	begin_test();
	defined("sum(s, event=op.start, measurement=duration); "
		"counter(c, event=op.start)");
	spans("op", 3);
	CHECK_INT(count_of("c"), 3);
	m = find_metric(view(), "s");
	CHECK(!m || m->sample_count == 0);
}

static uint64_t told[2];

static int tell(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *rows =
		telemetry_get(measurements, "rows");

	(void)event;
	told[0] += telemetry_get(measurements, "duration") != NULL &&
		   telemetry_get(metadata, "span_id") != NULL;
	told[1] += rows ? rows->as.u64 : 0;
	(void)config;
	return 0;
}

TEST(who_wants_fields_gets_them)
{
	struct telemetry_field rows[] = { telemetry_u64("rows", 5) };
	struct telemetry_span s;

	begin_test();
	defined("counter(c, event=op.stop)");
	spans("op", 2);
	CHECK_INT(telemetry_attach("h", "op.stop", tell, NULL), 0);
	CHECK(!is_brief("op"));
	spans("op", 3);
	telemetry_span_begin(&s, "op", NULL, 0);
	telemetry_span_end(&s, rows, 1, NULL, 0);
	CHECK_INT(told[0], 4);
	CHECK_INT(told[1], 5);
	CHECK_INT(telemetry_detach("h"), 0);
	CHECK(is_brief("op"));
	telemetry_span_begin(&s, "op", NULL, 0);
	telemetry_span_end(&s, rows, 1, NULL, 0);
	CHECK_INT(told[0], 4);
	CHECK_INT(count_of("c"), 7);
}

TEST(more_metrics_than_there_are_places)
{
	char text[80], name[16];
	int i;

	begin_test();
	for (i = 0; i < 150; i++) {
		snprintf(text, sizeof(text),
			 "sum(m%d, event=op.stop, measurement=duration)", i);
		CHECK_INT(defined(text), 0);
	}
	spans("op", 20);
	for (i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		CHECK_INT(count_of(name), 20);
	}
}

TEST(a_full_metric_counts_what_it_has_no_series_for)
{
	begin_test();
	defined("counter(c, event=[a.stop, b.stop], tags=[span], "
		"max_series=1)");
	spans("a", 5);
	spans("b", 7);
	CHECK_INT(find_sample(view(), "c", "span", "a")->count, 5);
	CHECK_INT(
		find_sample(view(), "c", "otel.metric.overflow", "true")->count,
		7);
	CHECK_INT(drops(DROP_SERIES), 7);
}

TEST(a_metric_of_the_same_name_begins_anew)
{
	begin_test();
	defined("counter(c, event=op.stop)");
	spans("op", 5);
	CHECK(thread_claim(&thread_self));
	CHECK_INT(metric_delete("c"), 0);
	thread_release(&thread_self);
	spans("op", 5);
	defined("counter(c, event=op.stop)");
	spans("op", 3);
	CHECK_INT(count_of("c"), 3);
}

/* ---- names, which are found by where they stand ------------------------- */

TEST(a_name_is_what_stands_there)
{
	static const char *const names[] = {
		"a",	    "ab",	 "abcdef",	     "abcdefg",
		"abcdefgh", "abcdefgi",	 "abcdefgh.abcdefg", "abcdefgh.abcdefh",
		"bbcdefgh", "abcdefghi",
	};
	char at[32], text[64];
	size_t i;
	int turn;

	begin_test();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(text, sizeof(text), "counter(%s, event=%s.stop)",
			 names[i], names[i]);
		CHECK_INT(defined(text), 0);
	}
	for (turn = 0; turn < 3; turn++)
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			strcpy(at, names[i]);
			spans(at, 2);
		}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		CHECK_INT(count_of(names[i]), 6);
	strcpy(at, "not.a..name");
	CHECK_INT(telemetry_span_begin(&(struct telemetry_span){ 0 }, at, NULL,
				       0),
		  -EINVAL);
}

/* At the end of a page, behind which there is nothing. */
TEST(a_name_is_not_read_beyond_its_end)
{
	char *end = (char *)fenced(4096) + 4096;

	begin_test();
	defined("counter(long, event=a.long.name.stop); "
		"counter(short, event=b.stop)");
	memcpy(end - 12, "a.long.name", 12);
	spans(end - 12, 3);
	memcpy(end - 12, "b", 2);
	spans(end - 12, 3);
	memcpy(end - 2, "b", 2);
	spans(end - 2, 3);
	CHECK_INT(count_of("long"), 3);
	CHECK_INT(count_of("short"), 6);
}

/* ---- while others listen, and stop listening ----------------------------- */

#define THREADS 4
#define SPANS 30000

static void *work(void *arg)
{
	(void)arg;
	spans("op", SPANS);
	return NULL;
}

static int see(const char *event, const struct telemetry_fields *measurements,
	       const struct telemetry_fields *metadata, void *config)
{
	bool whole = telemetry_get(measurements, "duration") &&
		     telemetry_get(metadata, "span_id");

	(void)event;
	if (!whole)
		__atomic_store_n((bool *)config, true, __ATOMIC_RELAXED);
	return 0;
}

TEST(none_is_lost_while_handlers_come_and_go)
{
	pthread_t threads[THREADS];
	bool torn = false;
	int i;

	begin_test();
	defined("sum(s, event=op.stop, measurement=duration)");
	for (i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (i = 0; i < 200; i++) {
		CHECK_INT(telemetry_attach("h", "op.stop", see, &torn), 0);
		CHECK_INT(telemetry_detach_wait("h"), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(count_of("s"), THREADS * SPANS);
	CHECK(!torn);
}
