/*
 * test_known_threads.c - plans of threads while others change what they lead
 * to: nothing is lost, and nothing is counted in another's cell.
 */
#include "known_fixture.h"

#include "base/clock.h"
#include "base/lock.h"
#include "metric/spare.h"

#include <pthread.h>

#define THREADS 3
#define ROUNDS 6
#define CHANGES 200 /* in a round */
#define CALM 50	    /* spans of each class, role and thread after it */
#define BYTES 3
#define SECOND 1000000000ull
/* For a lock whose holder waits for a processor. */
#define PATIENCE_MS 30000

static struct span_class *expiring;
static pthread_barrier_t barrier;
static uint32_t storming;
static uint64_t stopped; /* spans of each class and role */

static size_t describe_role(const struct known *known,
			    struct telemetry_field *fields)
{
	const struct facts *facts =
		CONTAINER_OF(known, const struct facts, known);

	field_set_u64(&fields[0], &SYM_bytes, known->values[0]);
	field_set_symbol(&fields[1], &SYM_role, facts->role);
	field_set_i64(&fields[2], &SYM_fd, (int64_t)known->values[1]);
	return 3;
}

/* It takes as long as it is told, so that series can be made old. */
static void stop_after(const struct span_class *of, uint64_t same,
		       const struct symbol *role, uint64_t ns)
{
	struct facts f = {
		.known = { .same = same,
			   .describe = describe_role,
			   .measurements = 1,
			   .own = 1,
			   .values = { BYTES, 7 } },
		.role = role,
	};
	struct span span;

	CHECK(thread_claim(&thread_self));
	span_open(&span, of, FRAME(), LIBRARY_NONE, NULL, 0);
	span_stop_known(&span, span.start + ns, &f.known);
	thread_release(&thread_self);
}

static void stop_all(int count, uint64_t *seconds)
{
	add_relaxed(&stopped, (uint64_t)count);
	for (; count > 0; count--) {
		stop_after(class, 17, &SYM_client, 10);
		stop_after(class, 19, &SYM_server, 10);
		/* All that was recorded before is too old. */
		stop_after(expiring, 21, &SYM_client, ++*seconds * SECOND);
		stop_after(expiring, 23, &SYM_server, *seconds * SECOND);
	}
}

static void *work(void *arg)
{
	uint64_t seconds = 0;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		while (load_relaxed(&storming))
			stop_all(5, &seconds);
		pthread_barrier_wait(&barrier);
		/* In between the series begin anew. */
		pthread_barrier_wait(&barrier);
		stop_all(CALM, &seconds);
		pthread_barrier_wait(&barrier);
	}
	return arg;
}

/* Again if a lock was not to be had in time. */
static void delete_all(const char *role)
{
	while (delete_series("shop.gone", "role", role) == -EAGAIN)
		;
}

/* Plans of all kinds come and go, and cells are given back and used again. */
static void make_trouble(void)
{
	static const char *const others[] = {
		"sum(shop.other, span=shop.call, measurement=bytes,"
		" tags=[role])",
		"distribution(shop.other, span=shop.call, measurement=bytes,"
		" tags=[role], buckets=[1, 2])",
		"distribution(shop.other, span=shop.call, measurement=duration,"
		" tags=[role], buckets=[10, 20])",
		"distribution(shop.other, span=shop.call, measurement=duration,"
		" tags=[role], buckets=[5, 20])",
	};
	unsigned int i;

	for (i = 0; i < CHANGES; i++) {
		define(others[i % 4]);
		delete_all(i % 3 ? "client" : "server");
		thread_release(&thread_self);
		telemetry_metric_delete("shop.other");
		CHECK(thread_claim(&thread_self));
	}
	store_relaxed(&storming, 0);
}

/* Every one: no lock is held for so long. */
static void check_count(const char *name, const char *role, uint64_t expected)
{
	const struct telemetry_snapshot *s = view();
	const struct telemetry_sample *sample =
		find_metric(s, name) ? find_sample(s, name, "role", role)
				     : NULL;
	uint64_t count = sample ? sample->count : 0;

	CHECK_INT(count, expected);
	CHECK_INT(drops(DROP_LOCK), 0);
	if (sample && find_metric(s, name)->type == TELEMETRY_SUM)
		CHECK(sample->value == (double)(count * BYTES));
	snapshot_free(fixture_snapshot);
}

static void check(uint64_t all)
{
	check_count("shop.calls", "client", all);
	check_count("shop.calls", "server", all);
	check_count("shop.bytes", "client", all);
	check_count("shop.bytes", "server", all);
	check_count("shop.gone", "client", THREADS * CALM);
	check_count("shop.gone", "server", THREADS * CALM);
}

static void start(pthread_t *threads)
{
	int i;

	begin();
	clock_init();
	spares_rest_ns = 0;
	lock_patience_ms = PATIENCE_MS;
	api_set_state(API_ON);
	expiring = span_class_intern("shop.visit", 10);
	CHECK(expiring != NULL);
	recorder_start("*");
	define("counter(shop.calls, span=shop.call, tags=[role]);"
	       "sum(shop.gone, span=shop.call, measurement=bytes,"
	       " tags=[role]);"
	       "sum(shop.bytes, span=shop.visit, measurement=bytes,"
	       " tags=[role]);"
	       "counter(shop.old, span=shop.visit, tags=[role], expire=1000)");
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, NULL));
}

TEST(sums_stay_exact)
{
	pthread_t threads[THREADS];
	int round, i;

	start(threads);
	for (round = 0; round < ROUNDS; round++) {
		store_relaxed(&storming, 1);
		pthread_barrier_wait(&barrier);
		make_trouble();
		pthread_barrier_wait(&barrier);
		delete_all("client");
		delete_all("server");
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		check(load_relaxed(&stopped));
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(drops(DROP_SEGMENT), 0);
	CHECK_INT(drops(DROP_MEMORY), 0);
	teardown();
}
