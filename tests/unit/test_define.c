/* test_define.c - metrics that are defined and deleted while threads execute. */
#include "event_fixture.h"
#include "metric/snapshot.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 8
#define ROUNDS 60

static uint32_t stop;
static unsigned long destroyed, measured;

struct config {
	int64_t value;
};

static int measure(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata,
		   struct telemetry_value *value, void *config)
{
	const struct config *c = config;

	(void)event, (void)m, (void)metadata;
	CHECK(c->value == 1);
	value->type = TELEMETRY_INT64;
	value->as.i64 = c->value;
	__atomic_fetch_add(&measured, 1, __ATOMIC_RELAXED);
	return 0;
}

static void destroy(void *config)
{
	struct config *c = config;

	CHECK(thread_self.busy == NULL && !thread_self.in_handler);
	CHECK(c->value == 1);
	c->value = -1;
	free(c);
	destroyed++;
}

static void *execute(void *arg)
{
	static const char *const values[] = { "a", "b", "c", "d" };
	struct telemetry_field n = TELEMETRY_I64("n", 1), k;
	unsigned int i;

	for (i = 0; !load_relaxed(&stop); i++) {
		k = telemetry_str("k", values[i % 4]);
		CHECK(!telemetry_execute("s.e", &n, 1, &k, 1));
		CHECK(!telemetry_execute("s.f", &n, 1, &k, 1));
	}
	return arg;
}

static void define_and_delete(void)
{
	struct telemetry_metric_options o = { .struct_size = sizeof(o) }, plain;
	const char *tags[] = { "k" };
	struct config *c = malloc(sizeof(*c));

	c->value = 1;
	o.event_name = "s.*";
	o.tags = tags;
	o.tag_count = 1;
	plain = o;
	plain.measurement = "n";
	o.measure = measure;
	o.config = c;
	o.destroy = destroy;
	CHECK_INT(telemetry_summary("called", &o), 0);
	CHECK_INT(telemetry_sum("plain", &plain), 0);
	CHECK_INT(telemetry_sum("plain", &plain), -EEXIST);
	CHECK(!telemetry_execute("s.e", NULL, 0, NULL, 0));
	CHECK_INT(telemetry_metric_delete("called"), 0);
	CHECK_INT(telemetry_metric_delete("plain"), 0);
	CHECK_INT(telemetry_metric_delete("plain"), -ENOENT);
}

TEST(while_threads_execute)
{
	pthread_t threads[THREADS];
	int i;

	setup_api();
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, execute, NULL));
	for (i = 0; i < ROUNDS; i++)
		define_and_delete();
	store_relaxed(&stop, 1);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	handlers_reclaim(true);
	handlers_reclaim(true);
	CHECK_INT(destroyed, ROUNDS);
	CHECK(measured >= ROUNDS);
	CHECK(!event_wanted(event_of("s.e")) && !event_wanted(event_of("s.f")));
}

static int delete_itself(const char *event, const struct telemetry_fields *m,
			 const struct telemetry_fields *metadata,
			 struct telemetry_value *value, void *config)
{
	(void)event, (void)m, (void)metadata, (void)config;
	CHECK_INT(telemetry_metric_delete("self"), 0);
	CHECK_INT(telemetry_detach_wait("none"), -EDEADLK);
	CHECK(destroyed == 0);
	value->type = TELEMETRY_BOOL;
	return 0;
}

static void count_destroy(void *config)
{
	(void)config;
	destroyed++;
}

/* Out of its own function, and then it is destroyed, but not before. */
TEST(deletes_itself)
{
	struct telemetry_metric_options o = { .struct_size = sizeof(o),
					      .event_name = "s.e",
					      .measure = delete_itself,
					      .destroy = count_destroy };

	setup_api();
	CHECK_INT(telemetry_sum("self", &o), 0);
	CHECK(!telemetry_execute("s.e", NULL, 0, NULL, 0));
	CHECK(!telemetry_execute("s.e", NULL, 0, NULL, 0));
	handlers_reclaim(true);
	CHECK_INT(destroyed, 1);
}

/* Whatever is refused is not destroyed. */
TEST(no_memory)
{
	struct telemetry_metric_options o = { .struct_size = sizeof(o),
					      .event_name = "s.*",
					      .destroy = count_destroy };
	size_t more, limit;
	int error = -ENOMEM;

	setup_api();
	CHECK(!telemetry_execute("s.e", NULL, 0, NULL, 0));
	for (more = 0; error && more < 65536; more += 512) {
		limit = arena_used();
		arena_set_limit(limit + more);
		error = telemetry_counter("c", &o);
		CHECK(!error || error == -ENOMEM);
	}
	CHECK_INT(error, 0);
	arena_set_limit(64 << 20);
	CHECK_INT(telemetry_metric_delete("c"), 0);
	handlers_reclaim(true);
	CHECK_INT(destroyed, 1);
}

TEST(versions)
{
	struct telemetry_metric_options o = { .struct_size = 8,
					      .event_name = "not.read" };

	setup_api();
	CHECK_INT(telemetry_counter("s.e.n", &o), 0);
	CHECK(event_wanted(event_of("s.e")));
	o.struct_size = 3;
	CHECK_INT(telemetry_counter("s.f.n", &o), -EINVAL);
	api_set_state(API_EARLY);
	CHECK_INT(telemetry_counter("s.f.n", NULL), -EAGAIN);
	CHECK_INT(telemetry_metric_delete("s.e.n"), -EAGAIN);
	api_set_state(API_OFF);
	CHECK_INT(telemetry_counter("s.f.n", NULL), -ENOSYS);
	CHECK_INT(telemetry_metric_delete("s.e.n"), -ENOSYS);
	api_set_state(API_ON);
	CHECK_INT(telemetry_metric_delete(NULL), -EINVAL);
}
