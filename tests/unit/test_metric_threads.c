/*
 * test_metric_threads.c - cells that are made while somebody reads them, by
 * threads that come and go: for ThreadSanitizer, and nothing is lost.
 */
#include "metric_fixture.h"

#include "base/clock.h"
#include "base/lock.h"
#include "metric/spare.h"

#include <pthread.h>

#define THREADS 3
#define TEXTS 300   /* of tags, each with cells of its own in each thread */
#define OCTAVES 40  /* of a summary, each a cell of its own */
#define LIVES 400   /* threads, one after another */
#define EXECUTES 20 /* in a life */
/* For a lock whose holder waits for a processor. */
#define PATIENCE_MS 30000

static uint32_t going;

static void begin(const char *definition)
{
	setup();
	clock_init();
	spares_rest_ns = 0;
	lock_patience_ms = PATIENCE_MS;
	CHECK_INT(define(definition), 0);
	/* So that there is something to read. */
	emit_one("a.b", telemetry_i64("n", 1), "k", "");
	thread_release(&thread_self);
	api_set_state(API_ON);
}

static void execute(const char *text, int64_t n)
{
	struct telemetry_field m = telemetry_i64("n", n);
	struct telemetry_field k = telemetry_str("k", text);

	CHECK(!telemetry_execute("a.b", &m, 1, &k, 1));
}

/* Every one: no lock is held for so long. */
static void check_count(const char *name, uint64_t expected)
{
	uint64_t count = find_sample(view(), name, "", "")->count;

	snapshot_free(fixture_snapshot);
	CHECK_INT(count, expected);
	CHECK_INT(drops(DROP_LOCK), 0);
}

static void *make_cells(void *arg)
{
	char text[16];
	int i;

	for (i = 0; i < TEXTS; i++) {
		snprintf(text, sizeof(text), "%d", i);
		execute(text, (int64_t)1 << i % OCTAVES);
	}
	__atomic_fetch_sub(&going, 1, __ATOMIC_RELAXED);
	return arg;
}

TEST(cells_are_made_while_they_are_read)
{
	pthread_t threads[THREADS];
	struct segment_image image;
	uint32_t i;

	begin("counter(c, event=a.b, tags=[k]);"
	      "distribution(d, event=a.b, measurement=n, tags=[k],"
	      " buckets=[10, 20]);"
	      "summary(q, event=a.b, measurement=n);"
	      "counter(all, event=a.b)");
	going = THREADS;
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, make_cells, NULL));
	while (load_relaxed(&going)) {
		CHECK_INT(segment_read_own(&image), 0);
		segment_release(&image);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(thread_claim(&thread_self));
	check_count("all", THREADS * TEXTS + 1);
	check_count("q", THREADS * TEXTS + 1);
	CHECK_INT(drops(DROP_SEGMENT), 0);
	CHECK_INT(drops(DROP_MEMORY), 0);
	teardown();
}

static void *live(void *arg)
{
	int i;

	for (i = 0; i < EXECUTES; i++)
		execute("x", 1);
	return arg;
}

static void *live_again_and_again(void *arg)
{
	pthread_t thread;
	int i;

	for (i = 0; i < LIVES; i++) {
		CHECK(!pthread_create(&thread, NULL, live, NULL));
		pthread_join(thread, NULL);
	}
	__atomic_fetch_sub(&going, 1, __ATOMIC_RELAXED);
	return arg;
}

/* What a thread inherits from one that has ended, others tell of all the
 * time. */
TEST(threads_begin_while_series_go)
{
	struct telemetry_field x = telemetry_str("k", "x");
	pthread_t threads[2];
	int i;

	begin("counter(c, event=a.b, tags=[k]);"
	      "counter(all, event=a.b)");
	going = 2;
	for (i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, live_again_and_again,
				      NULL));
	while (load_relaxed(&going))
		telemetry_series_delete("c", &x, 1);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(thread_claim(&thread_self));
	check_count("all", 2 * LIVES * EXECUTES + 1);
	CHECK_INT(drops(DROP_SEGMENT), 0);
	teardown();
}
