/* test_handlers.c - the handler table behind the API. */
#include "event_fixture.h"

#include <pthread.h>

static char order[64];
static int destroyed;

static void first(const struct occurrence *o, void *config)
{
	(void)o;
	strcat(order, config);
}

static int second(const char *event, const struct telemetry_fields *m,
		  const struct telemetry_fields *d, void *config)
{
	(void)event, (void)m, (void)d;
	strcat(order, config);
	return 0;
}

static int attach(const char *id, const char *const *events, size_t n,
		  telemetry_handler function, void *config,
		  const struct telemetry_attach_options *options)
{
	return handlers_attach(id, events, n, function, config, options);
}

static int attach_one(const char *id, const char *event, int *calls)
{
	return attach(id, &event, 1, count_call, calls, NULL);
}

static void count_destroy(void *config)
{
	(void)config;
	CHECK(thread_self.busy == NULL);
	destroyed++;
}

TEST(the_shim_comes_first)
{
	const char *events[] = { "a" };
	struct event *e;

	setup();
	e = event_of("a");
	CHECK(!attach("u1", events, 1, second, "3", NULL));
	CHECK(!event_subscribe(e, first, "1", NEED_STACK));
	CHECK(!attach("u2", events, 1, second, "4", NULL));
	CHECK(!event_subscribe(e, first, "2", 0));
	occur(e);
	CHECK_STR(order, "1234");
	CHECK_INT(e->handlers->internal_count, 2);
	CHECK_INT(e->needs,
		  NEED_STACK | NEED_TIME | NEED_METADATA | NEED_VALUES);
}

TEST(arms_the_span)
{
	const char *ends[] = { "s.start", "s.exception" };
	struct span_class *c;
	uint64_t number;
	int calls = 0;

	setup();
	CHECK(!attach("h", ends, 2, count_call, &calls, NULL));
	c = class_of("s");
	CHECK_INT(c->state->armed, ARMED_START | ARMED_EXCEPTION);
	CHECK(!handlers_detach("h", &number) && number != 0);
	CHECK_INT(c->state->armed, 0);
	CHECK(!event_wanted(c->start));
	CHECK_INT(handlers_detach("h", &number), -ENOENT);
}

TEST(too_many_events)
{
	static const char *many[EVENTS_MAX + 1];

	setup();
	many[0] = "a";
	CHECK_INT(attach("h", many, EVENTS_MAX + 1, count_call, NULL, NULL),
		  -ENOMEM);
}

/* The limit bites wherever it is reached: nothing is attached by half. */
TEST(no_memory_to_attach)
{
	const char *events[] = { "a", "b.stop", "c" };
	size_t more, calls = 0, limit;
	int error = -ENOMEM;

	setup();
	event_of("a");
	/* Free lists serve what is there; use up the class of each. */
	for (more = 0; error && more < 4096; more += 16) {
		limit = arena_used();
		arena_set_limit(limit + more);
		error = attach("h", events, 3, count_call, &calls, NULL);
		CHECK(!error || error == -ENOMEM);
		if (error)
			CHECK(!event_wanted(event_find("a", 1)) &&
			      handlers_first() == NULL);
	}
	arena_set_limit(64 << 20);
}

static int hungry_calls;

/* A handler of which no shorter list can be made is gone all the same, and its
 * memory is not used any more when it is freed. */
TEST(no_memory_to_detach)
{
	const char *events[] = { "a" };
	struct handler_list *before;
	int kept = 0, gone = 0;
	uint64_t number;
	size_t size;

	setup();
	CHECK(!attach("kept", events, 1, count_call, &kept, NULL));
	CHECK(!attach("gone", events, 1, count_call, &gone, NULL));
	before = event_of("a")->handlers;
	arena_set_limit(1);
	for (size = 16; size <= 65536; size *= 2)
		while (arena_alloc(size))
			hungry_calls++;
	CHECK(!handlers_detach("gone", &number));
	CHECK(event_of("a")->handlers == before && before->count == 2);
	thread_release(&thread_self);
	retire_wait(number);
	CHECK(thread_claim(&thread_self));
	occur(event_of("a"));
	CHECK(kept == 1 && gone == 0);
	arena_set_limit(64 << 20);
	CHECK(!attach("new", events, 1, count_call, &gone, NULL));
	occur(event_of("a"));
	CHECK(kept == 2 && gone == 1);
	CHECK(!handlers_detach("kept", &number));
	CHECK_INT(event_of("a")->handlers->count, 1);
	CHECK(!handlers_detach("new", &number));
	CHECK(!event_wanted(event_of("a")));
}

static void detach_wait(const char *id)
{
	uint64_t number;

	CHECK(!handlers_detach(id, &number));
	thread_release(&thread_self);
	retire_wait(number);
	CHECK(thread_claim(&thread_self));
}

TEST(memory_comes_back)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = count_destroy };
	const char *events[] = { "a", "b", "c" };
	size_t used = 0;
	int i, calls = 0;

	setup();
	for (i = 0; i < 3000; i++) {
		CHECK(!attach("h", events, 3, count_call, &calls, &options));
		CHECK(!attach_one("i", "b", &calls));
		detach_wait("h");
		CHECK_INT(destroyed, i + 1);
		detach_wait("i");
		if (i == 100)
			used = arena_used();
	}
	CHECK_INT(arena_used(), used);
}

TEST(kept_where_no_grace_period_can_be_had)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = count_destroy };
	const char *events[] = { "a" };

	setup();
	CHECK(!attach("h", events, 1, count_call, NULL, &options));
	handlers_keep_retired();
	detach_wait("h"); /* returns */
	CHECK_INT(destroyed, 0);
}

static int inside, leave;

static int linger(const char *event, const struct telemetry_fields *m,
		  const struct telemetry_fields *d, void *config)
{
	(void)event, (void)m, (void)d, (void)config;
	__atomic_store_n(&inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&leave, __ATOMIC_SEQ_CST))
		usleep(100);
	return 0;
}

static void *run_lingering(void *arg)
{
	CHECK(thread_claim(&thread_self));
	occur(arg);
	thread_release(&thread_self);
	return NULL;
}

static void reclaim(void)
{
	thread_release(&thread_self);
	handlers_reclaim(true);
	CHECK(thread_claim(&thread_self));
}

TEST(a_section_keeps_what_it_may_see)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = count_destroy };
	const char *events[] = { "a" };
	uint64_t number;
	pthread_t thread;
	int i;

	setup();
	CHECK(!attach("linger", events, 1, linger, NULL, &options));
	CHECK(!pthread_create(&thread, NULL, run_lingering, event_of("a")));
	while (!__atomic_load_n(&inside, __ATOMIC_SEQ_CST))
		usleep(100);
	CHECK(!handlers_detach("linger", &number));
	for (i = 0; i < 10; i++)
		reclaim();
	CHECK_INT(destroyed, 0);
	__atomic_store_n(&leave, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	reclaim();
	CHECK_INT(destroyed, 1);
}
