/*
 * test_api.c - the API on the event layer alone, in many threads; meant to be
 * run with SAN=thread and SAN=address as well.
 *
 * liburcu orders its readers by membarrier or in assembly, which a thread
 * sanitizer cannot see: base/rcu.h tells it what a grace period orders.
 */
#include "event_fixture.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 10000

struct life {
	int alive;
};

static unsigned long executed, wrong, ended;
static int stayed, destroyed, done;

static void destroy(void *config)
{
	struct life *life = config;

	life->alive = 0; /* plain: a race is a report */
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
	free(life);
}

static int touch(const char *event, const struct telemetry_fields *m,
		 const struct telemetry_fields *d, void *config)
{
	(void)event, (void)m, (void)d;
	if (!((struct life *)config)->alive)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	return 0;
}

static int touch_and_fail(const char *event, const struct telemetry_fields *m,
			  const struct telemetry_fields *d, void *config)
{
	touch(event, m, d, config);
	return 1;
}

static void *execute_all(void *arg)
{
	struct telemetry_field f = TELEMETRY_STR("k", "v");
	struct telemetry_span span;
	unsigned long n = 0;

	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		CHECK(!telemetry_execute("e", &f, 1, &f, 1));
		n++;
		if (n % 8 == 0) {
			CHECK(!telemetry_span_begin(&span, "s", &f, 1));
			CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0));
			__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
		}
	}
	__atomic_fetch_add(&executed, n, __ATOMIC_RELAXED);
	return arg;
}

static int visit(const struct telemetry_handler_info *info, void *arg)
{
	*(size_t *)arg += strlen(info->id) + strlen(info->event);
	return 0;
}

static void *attach_all(void *arg)
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = destroy };
	const char *events[] = { "e", "s.stop", "telemetry.handler.failure" };
	size_t length = 0;
	int i, error;

	for (i = 0; i < ROUNDS; i++) {
		bool fails = i % 16 == 0;
		struct life *life = malloc(sizeof(*life));

		life->alive = 1;
		CHECK(!telemetry_attach_many(arg, events, 1 + i % 3,
					     fails ? touch_and_fail : touch,
					     life, &options));
		CHECK(!telemetry_list("", visit, &length));
		if (fails)
			CHECK(!telemetry_execute(events[0], NULL, 0, NULL, 0));
		error = i % 8 ? telemetry_detach(arg)
			      : telemetry_detach_wait(arg);
		CHECK(!error || (fails && error == -ENOENT));
	}
	return NULL;
}

static void reclaim_all(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		CHECK(!telemetry_attach("last", "e", count_call, &stayed));
		CHECK(!telemetry_detach_wait("last"));
	}
}

TEST(eight_execute_while_two_attach)
{
	pthread_t threads[THREADS], writers[2];
	int i, stops = 0;

	setup_api();
	CHECK(!telemetry_attach("stays", "e", count_call, &stayed));
	CHECK(!telemetry_attach("stops", "s.stop", count_call, &stops));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, execute_all, NULL));
	CHECK(!pthread_create(&writers[0], NULL, attach_all, "one"));
	CHECK(!pthread_create(&writers[1], NULL, attach_all, "two"));
	pthread_join(writers[0], NULL);
	pthread_join(writers[1], NULL);
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	reclaim_all();
	CHECK_INT(wrong, 0);
	CHECK_INT(stayed, executed + 2 * ((ROUNDS + 15) / 16));
	CHECK_INT(stops, ended);
	CHECK_INT(destroyed, 2 * ROUNDS);
}

static int check_flags(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *d, void *config)
{
	(void)event;
	CHECK(d->count > 0 && d->items[d->count - 1].value.flags == 0);
	CHECK(m->count == 0 || m->items[m->count - 1].value.flags == 0);
	++*(int *)config;
	return 0;
}

/* The shim would look for a symbol in front of the text. */
TEST(flags_are_not_believed)
{
	const char *events[] = { "e", "s.start", "s.stop" };
	struct telemetry_field f = TELEMETRY_STR("k", "no symbol");
	struct telemetry_span span;
	int calls = 0;

	setup_api();
	f.value.flags = VALUE_SYMBOL;
	CHECK(!telemetry_attach_many("h", events, 3, check_flags, &calls,
				     NULL));
	CHECK(!telemetry_execute("e", NULL, 0, &f, 1));
	CHECK(!telemetry_span_begin(&span, "s", &f, 1));
	CHECK(!telemetry_span_end(&span, &f, 1, NULL, 0));
	CHECK(!telemetry_span_begin(&span, "s", NULL, 0));
	CHECK(!telemetry_span_end(&span, NULL, 0, &f, 1));
	CHECK_INT(calls, 5);
}

static int fail_once(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *d, void *config)
{
	count_call(event, m, d, config);
	return 1;
}

static int execute_inner(const char *event, const struct telemetry_fields *m,
			 const struct telemetry_fields *d, void *config)
{
	(void)event, (void)m, (void)d, (void)config;
	return telemetry_execute("inner", NULL, 0, NULL, 0);
}

/* Not even by a dispatch that began before. */
TEST(one_that_failed_is_not_called_again)
{
	const char *both[] = { "outer", "inner" };
	int calls = 0;

	setup_api();
	CHECK(!telemetry_attach("first", "outer", execute_inner, NULL));
	CHECK(!telemetry_attach_many("h", both, 2, fail_once, &calls, NULL));
	CHECK(!telemetry_execute("outer", NULL, 0, NULL, 0));
	CHECK_INT(calls, 1);
}

/* As a wrapper does. */
static NOINLINE bool wrapper_claims(void)
{
	if (!thread_claim(&thread_self))
		return false;
	thread_release(&thread_self);
	return true;
}

static int call_wrapped(const char *event, const struct telemetry_fields *m,
			const struct telemetry_fields *d, void *config)
{
	CHECK(!wrapper_claims());
	return count_call(event, m, d, config);
}

TEST(wrapped_calls_of_a_handler_are_no_drops)
{
	int calls = 0;

	setup_api();
	CHECK(!telemetry_attach("h", "e", call_wrapped, &calls));
	CHECK(!telemetry_execute("e", NULL, 0, NULL, 0));
	CHECK_INT(calls, 1);
	CHECK_INT(thread_nested_drops(), 0);
	CHECK(thread_claim(&thread_self));
	CHECK(!wrapper_claims());
	CHECK_INT(thread_nested_drops(), 1);
}

TEST(leaves_nothing_open)
{
	struct telemetry_span span;

	setup_api();
	CHECK(!telemetry_span_begin(&span, "new.op", NULL, 0));
	CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0));
	CHECK(span_class_find("new.op", 6));
	CHECK(thread_self.busy == NULL && thread_self.owner->depth == 0);
}

TEST(states)
{
	int calls = 0;

	setup_api();
	api_set_state(API_EARLY);
	CHECK_INT(telemetry_attach("h", "e", count_call, &calls), -EAGAIN);
	CHECK_INT(telemetry_detach("h"), -EAGAIN);
	api_set_state(API_OFF);
	CHECK_INT(telemetry_attach("h", "e", count_call, &calls), -ENOSYS);
	CHECK_INT(telemetry_detach_wait("h"), -ENOSYS);
	CHECK_INT(telemetry_execute("e", NULL, 0, NULL, 0), 0);
	api_set_state(API_ON);
	CHECK_INT(telemetry_attach("h", "e", count_call, &calls), 0);
	CHECK_INT(telemetry_execute("e", NULL, 0, NULL, 0), 0);
	CHECK_INT(calls, 1);
}
