/* test_metric_expire.c - series that are not used any more make room. */
#include "metric_fixture.h"

#include "base/clock.h"
#include "metric/attach.h"
#include "metric/retain.h"
#include "metric/spare.h"
#include "telemetry/metrics.h"

#include <pthread.h>

#define SECOND 1000000000ull

/* Something recorded so many seconds ago. */
static void emit_ago(uint64_t seconds, const char *k, int64_t n)
{
	struct fixture_event e = {
		.measurements = { telemetry_i64("n", n) },
		.measurement_count = 1,
		.metadata = { telemetry_str("k", k) },
		.metadata_count = 1,
		.time = clock_ns() - seconds * SECOND,
	};

	emit("a.b", &e);
}

static void begin(const char *definition)
{
	setup();
	clock_init();
	spares_rest_ns = 0;
	CHECK_INT(define(definition), 0);
}

static uint64_t count_of(const char *name, const char *k)
{
	const struct telemetry_snapshot *s = view();
	const struct telemetry_sample *sample =
		find_metric(s, name) ? find_sample(s, name, "k", k) : NULL;
	uint64_t count = sample ? sample->count : 0;

	snapshot_free(fixture_snapshot);
	return count;
}

/* In a process that does nothing more, too. */
TEST(is_not_shown)
{
	begin("counter(c, event=a.b, tags=[k], expire=60000)");
	emit_ago(100, "old", 0);
	emit_ago(50, "young", 0);
	emit_ago(100, "both", 0);
	emit_ago(10, "both", 0);
	CHECK_INT(count_of("c", "old"), 0);
	CHECK_INT(count_of("c", "young"), 1);
	/* Silent for 90 s is more than 60. */
	CHECK_INT(count_of("c", "both"), 1);
	teardown();
}

TEST(begins_at_zero)
{
	begin("counter(c, event=a.b, tags=[k], expire=60000);"
	      "sum(s, event=a.b, measurement=n, tags=[k], expire=60000);"
	      "summary(q, event=a.b, measurement=n, tags=[k], expire=60000);"
	      "counter(stays, event=a.b, tags=[k])");
	emit_ago(200, "x", -5);
	emit_ago(190, "x", 5);
	emit_ago(10, "x", 5);
	emit_ago(9, "x", 5);
	CHECK_INT(count_of("c", "x"), 2);
	CHECK_INT(count_of("q", "x"), 2);
	CHECK_INT(count_of("s", "x"), 2);
	CHECK_INT(count_of("stays", "x"), 4);
	teardown();
}

static uint64_t used(void)
{
	return segment_header()->used;
}

/* Tag values that come and go for ever end neither in the overflow series nor
 * in more memory, and leave no text behind. */
TEST(churn)
{
	uint64_t i, after = 0, arena = 0;
	char value[32];

	begin("counter(c, event=a.b, tags=[k], max_series=20, expire=1000);"
	      "summary(q, event=a.b, measurement=n, tags=[k], max_series=20,"
	      " expire=1000)");
	for (i = 0; i < 40000; i++) {
		snprintf(value, sizeof(value), "value-%06u", (unsigned int)i);
		/* The clock of the sweep is real: each is long gone. */
		emit_ago(1000, value, (int64_t)i % 1000 + 1);
		metrics_first()->swept = metrics_first()->next->swept = 0;
		if (i == 20000) {
			after = used();
			arena = arena_used();
		}
	}
	CHECK_INT(used(), after);
	CHECK_INT(arena_used(), arena);
	CHECK_INT(drops(DROP_SERIES), 0);
	CHECK_INT(drops(DROP_TEXT), 0);
	CHECK_INT(drops(DROP_MEMORY), 0);
	CHECK(symbol_find(value, strlen(value)) == NULL);
	emit_ago(0, value, 1);
	CHECK_INT(count_of("c", value), 1);
	teardown();
}

/* Without a limit in time the cap is for good, and so it is with one as long as
 * they are used. */
TEST(cap_stays)
{
	begin("counter(c, event=a.b, tags=[k], max_series=2, expire=60000)");
	emit_ago(0, "1", 0);
	emit_ago(0, "2", 0);
	emit_ago(0, "3", 0);
	emit_ago(0, "4", 0);
	CHECK_INT(drops(DROP_SERIES), 2);
	CHECK_INT(count_of("c", ""), 2);
	CHECK_INT(count_of("c", "1"), 1);
	teardown();
}

/* Long texts, which do not fit into the place of a short one. */
TEST(texts)
{
	char longer[3000], value[32];
	int i;

	begin("counter(c, event=a.b, tags=[k], max_series=4, expire=1000)");
	memset(longer, 'x', sizeof(longer));
	for (i = 0; i < 64; i++) {
		snprintf(value, sizeof(value), "short-%d", i);
		emit_ago(1000, value, 0);
		longer[i * 40 + 1] = '\0';
		metrics_first()->swept = 0;
		emit_ago(i == 63 ? 0 : 1000, longer, 0);
		if (i < 63)
			longer[i * 40 + 1] = 'x';
		metrics_first()->swept = 0;
	}
	CHECK_INT(count_of("c", longer), 1);
	CHECK_INT(strlen(longer), 63 * 40 + 1);
	teardown();
}

TEST(deleted_by_tags)
{
	begin("counter(c, event=a.b, tags=[k]);"
	      "sum(s, event=a.b, measurement=n, tags=[k, j])");
	emit_ago(0, "x", 1);
	emit_ago(0, "y", 1);
	emit_ago(0, "5", 1);
	CHECK_INT(delete_series("c", "k", "z"), -ENOENT);
	CHECK_INT(delete_series("d", "k", "x"), -ENOENT);
	CHECK_INT(delete_series("c", "other", "x"), -EINVAL);
	CHECK_INT(delete_series("c", "k", "x"), 0);
	CHECK_INT(delete_series("c", "k", "x"), -ENOENT);
	CHECK_INT(count_of("c", "x"), 0);
	CHECK_INT(count_of("c", "y"), 1);
	CHECK_INT(count_of("s", "x"), 1);
	emit_ago(0, "x", 1);
	emit_ago(0, "x", 1);
	CHECK_INT(count_of("c", "x"), 2);
	CHECK_INT(delete_series("s", "k", "y"), 0);
	CHECK_INT(count_of("s", "y"), 0);
	CHECK_INT(count_of("s", "x"), 3);
	teardown();
}

/* What the dead have left expires, and so does what is made of it. */
TEST(of_the_dead)
{
	struct retain *retain = NULL;
	struct segment_image image;
	const struct telemetry_snapshot *s;

	begin("counter(c, event=a.b, tags=[k], expire=60000)");
	emit_ago(100, "old", 0);
	emit_ago(5, "young", 0);
	retain = retain_new("/bin/x", "x");
	CHECK(retain);
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_INT(retain_add(retain, &image), 0);
	segment_release(&image);
	CHECK_INT(retain_image(retain, SEGMENT_RETAINED, &image), 0);
	retain_free(retain);
	s = view_of(&image, 1);
	CHECK_INT(find_metric(s, "c")->sample_count, 1);
	CHECK_INT(find_sample(s, "c", "k", "young")->count, 1);
	snapshot_free(fixture_snapshot);
	segment_release(&image);
	teardown();
}

static int whole(const char *event, const struct telemetry_fields *m,
		 const struct telemetry_fields *metadata,
		 struct telemetry_tag_set *tags, void *config)
{
	(void)event, (void)m, (void)config;
	return telemetry_tag_add(tags, metadata->items[0]);
}

/* Keys of its own are kept. */
TEST(tag_sets_of_the_dead)
{
	struct telemetry_metric_options o = { .struct_size = sizeof(o),
					      .event_name = "a.b",
					      .tag_set = whole };
	struct retain *retain = retain_new("/bin/x", "x");
	struct segment_image image;

	begin("counter(c, event=a.b, tags=[k])");
	thread_release(&thread_self);
	api_set_state(API_ON);
	CHECK_INT(telemetry_counter("whole", &o), 0);
	CHECK(thread_claim(&thread_self));
	emit_ago(0, "x", 0);
	emit_ago(0, "longer than any symbol", 0);
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_INT(retain_add(retain, &image), 0);
	segment_release(&image);
	CHECK_INT(retain_image(retain, SEGMENT_RETAINED, &image), 0);
	retain_free(retain);
	CHECK_INT(find_sample(view_of(&image, 1), "whole", "k", "x")->count, 1);
	CHECK(find_sample(view_of(&image, 1), "c", "k",
			  "longer than any symbol"));
	segment_release(&image);
	teardown();
}

#define THREADS 4
#define ROUNDS 4000

static uint32_t going;

/* Values that all threads share, some of which are taken out all the time. */
static void *record(void *arg)
{
	struct telemetry_field n = telemetry_i64("n", 1), k;
	char value[16];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		snprintf(value, sizeof(value), "%d", i % 13);
		k = telemetry_str("k", value);
		CHECK(!telemetry_execute("a.b", &n, 1, &k, 1));
	}
	__atomic_fetch_sub(&going, 1, __ATOMIC_RELAXED);
	return arg;
}

TEST(while_threads_record)
{
	pthread_t threads[THREADS];
	char value[16];
	uint64_t count;
	int i;

	begin("counter(c, event=a.b, tags=[k], expire=1);"
	      "summary(q, event=a.b, measurement=n, tags=[k]);"
	      "counter(all, event=a.b)");
	/* So that there is something to read. */
	emit_ago(0, "0", 1);
	thread_release(&thread_self);
	api_set_state(API_ON);
	/* Every one is counted, however long a lock's holder waits for a
	 * processor. */
	lock_patience_ms = 30000;
	going = THREADS;
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, record, NULL));
	for (i = 0; load_relaxed(&going); i++) {
		struct telemetry_field k;

		snprintf(value, sizeof(value), "%d", i % 13);
		k = telemetry_str("k", value);
		telemetry_series_delete("q", &k, 1);
		if (i % 16 == 0) {
			CHECK(thread_claim(&thread_self));
			CHECK(count_of("all", "") == 0);
			thread_release(&thread_self);
		}
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(thread_claim(&thread_self));
	count = find_sample(view(), "all", "", "")->count;
	CHECK_INT(count, THREADS * ROUNDS + 1);
	CHECK_INT(drops(DROP_LOCK), 0);
	CHECK_INT(drops(DROP_SEGMENT), 0);
	teardown();
}

TEST(definitions)
{
	begin("counter(c, event=a.b, expire=1)");
	CHECK_INT(define("counter(d, event=a.b, expire=0)"), -EINVAL);
	CHECK(strstr(logged(),
		     "expire is \"0\", expected milliseconds from 1"));
	CHECK_INT(define("sum(d.n, up_down=true, expire=1)"), -EINVAL);
	CHECK(strstr(logged(), "a sum that may fall cannot expire"));
	metric_set_expire(1000);
	CHECK_INT(define("sum(e.n, up_down=true); counter(f.n)"), 0);
	CHECK_INT(metrics_first()->next->expire, 0);
	CHECK(metrics_first()->next->next->expire > 0);
	teardown();
}
