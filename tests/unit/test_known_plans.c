/*
 * test_known_plans.c - what becomes of spans that come again and again is
 * worked out once, and holds as long as it is true.
 */
#include "known_fixture.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void stop_some(const struct symbol *role, int count, uint64_t bytes)
{
	while (count-- > 0)
		stop(role, 17, 3, NULL, bytes);
}

/* ---- what ends a plan ------------------------------------------------------- */

TEST(who_listens_may_change)
{
	begin();
	api_set_state(API_ON);
	define("counter(shop.calls, span=shop.call)");
	stop_some(&SYM_client, 3, 5);
	define("sum(shop.bytes, span=shop.call, measurement=bytes)");
	stop_some(&SYM_client, 3, 5);
	recorder_start("*");
	stop(&SYM_client, 17, 21, NULL, 5);
	thread_release(&thread_self);
	CHECK_INT(telemetry_attach("look", "shop.call.stop", look, NULL), 0);
	CHECK(thread_claim(&thread_self));
	stop(&SYM_client, 17, 21, NULL, 5);
	CHECK_INT(calls, 1);
	thread_release(&thread_self);
	CHECK_INT(telemetry_detach("look"), 0);
	CHECK_INT(telemetry_metric_delete("shop.bytes"), 0);
	CHECK(thread_claim(&thread_self));
	stop_some(&SYM_client, 3, 5);
	CHECK_INT(calls, 1);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 11);
	CHECK(!find_metric(view(), "shop.bytes"));
	thread_release(&thread_self);
	CHECK(thread_claim(&thread_self));
	define("sum(shop.bytes, span=shop.call, measurement=bytes)");
	stop_some(&SYM_client, 2, 7);
	CHECK(find_sample(view(), "shop.bytes", "", "")->value == 14);
	teardown();
}

TEST(series_begin_anew)
{
	begin();
	define("counter(shop.calls, span=shop.call, tags=[role]);"
	       "sum(shop.bytes, span=shop.call, measurement=bytes,"
	       " tags=[role])");
	stop_some(&SYM_client, 5, 2);
	CHECK_INT(delete_series("shop.bytes", "role", "client"), 0);
	CHECK(!find_sample(view(), "shop.bytes", "role", "client"));
	stop_some(&SYM_client, 3, 2);
	CHECK(find_sample(view(), "shop.bytes", "role", "client")->value == 6);
	CHECK_INT(find_sample(view(), "shop.calls", "role", "client")->count,
		  8);
	teardown();
}

/* ---- all types ---------------------------------------------------------------- */

TEST(every_type_is_as_ever)
{
	const struct telemetry_sample *s;
	int i;

	begin();
	define("distribution(shop.size, span=shop.call, measurement=bytes,"
	       " buckets=[10, 100]);"
	       "distribution(shop.time, span=shop.call, measurement=duration,"
	       " buckets=[9, 10])");
	define("last_value(shop.last, span=shop.call, measurement=bytes)");
	define("summary(shop.all, span=shop.call, measurement=bytes)");
	for (i = 1; i <= 200; i++)
		stop(&SYM_client, 19, 3, NULL, (uint64_t)i);
	s = find_sample(view(), "shop.size", "", "");
	CHECK_INT(s->buckets[0], 10);
	CHECK_INT(s->buckets[1], 90);
	CHECK_INT(s->buckets[2], 100);
	s = find_sample(view(), "shop.time", "", "");
	CHECK_INT(s->buckets[0], 0);
	CHECK_INT(s->buckets[1], 200);
	s = find_sample(view(), "shop.last", "", "");
	CHECK(s->value == 200 && s->count == 200);
	s = find_sample(view(), "shop.all", "", "");
	CHECK(s->value == 20100 && s->count == 200);
	teardown();
}

TEST(sums_do_not_wrap)
{
	const struct telemetry_sample *s;

	begin();
	define("sum(shop.bytes, span=shop.call, measurement=bytes)");
	stop_some(&SYM_client, 2, 1ull << 61);
	stop_some(&SYM_client, 4, 1ull << 62);
	stop_some(&SYM_client, 2, 1ull << 63);
	s = find_sample(view(), "shop.bytes", "", "");
	CHECK_INT(s->count, 8);
	CHECK(s->value == 0x1p62 + 0x1p64 + 0x1p64);
	teardown();
}

/* What nobody sums up is summed up all the same; when that has no room any more,
 * it begins anew. */
TEST(what_nobody_sums_up_begins_anew)
{
	unsigned int before;

	begin();
	define("counter(shop.calls, span=shop.call)");
	stop_some(&SYM_client, 2, 1ull << 62);
	CHECK_INT(described, 1);
	stop_some(&SYM_client, 2, 1ull << 62);
	before = described;
	CHECK_INT(before, 2);
	stop_some(&SYM_client, 1, 5);
	CHECK_INT(described, before);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 5);
	teardown();
}

TEST(more_metrics_than_steps)
{
	char text[128];
	int i;

	begin();
	recorder_start("*");
	for (i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "counter(c%d, span=shop.call)", i);
		define(text);
		stop_some(&SYM_client, 2, 1);
	}
	for (i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "c%d", i);
		CHECK_INT(find_sample(view(), text, "", "")->count,
			  2 * (9 - i));
	}
	teardown();
}

/* What is beyond the limit is counted each time. */
TEST(overflows_are_counted)
{
	begin();
	define("counter(shop.calls, span=shop.call, tags=[role],"
	       " max_series=1)");
	stop(&SYM_client, 21, 3, NULL, 1);
	stop_some(&SYM_server, 5, 1);
	CHECK_INT(drops(DROP_SERIES), 5);
	CHECK_INT(find_sample(view(), "shop.calls", "otel.metric.overflow",
			      "true")
			  ->count,
		  5);
	teardown();
}

/* ---- threads and forks -------------------------------------------------------- */

static void *stop_in_thread(void *arg)
{
	(void)arg;
	CHECK(thread_claim(&thread_self));
	stop_some(&SYM_client, 10, 1);
	thread_release(&thread_self);
	return NULL;
}

/* One after another, they have one owner. */
TEST(threads_do_not_inherit_plans)
{
	pthread_t thread;
	int i;

	begin();
	recorder_start("*");
	define("counter(shop.calls, span=shop.call, tags=[role])");
	for (i = 0; i < 4; i++) {
		CHECK(!pthread_create(&thread, NULL, stop_in_thread, NULL));
		pthread_join(thread, NULL);
	}
	stop_some(&SYM_client, 2, 1);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 42);
	teardown();
}

static void after_fork(bool raw)
{
	(void)raw;
	segment_after_fork();
	metric_after_fork();
	recorder_after_fork();
}

/* Has the plans and the span of its parent, and an empty owner. */
static void be_child(const struct span *span)
{
	struct facts f = {
		.known = { .same = 17,
			   .describe = describe,
			   .measurements = 1,
			   .own = 1,
			   .values = { 5, 3 } },
		.role = &SYM_client,
	};

	/* As a wrapper ends it, which has not looked who holds the owner. */
	CHECK(thread_claim_plain(&thread_self));
	span_stop_known(span, span->start + 10, &f.known);
	thread_release(&thread_self);
	CHECK(thread_claim(&thread_self));
	stop_some(&SYM_client, 5, 1);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 5);
	_exit(0);
}

TEST(children_do_not_inherit_plans)
{
	struct span span;
	int i, status;

	begin();
	thread_on_fork(after_fork);
	recorder_start("*");
	define("counter(shop.calls, span=shop.call, tags=[role])");
	stop_some(&SYM_client, 3, 1);
	span_open(&span, class, FRAME(), LIBRARY_NONE, NULL, 0);
	for (i = 0; i < 2; i++) {
		pid_t pid;

		thread_release(&thread_self);
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0)
			be_child(&span);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_INT(status, 0);
		CHECK(thread_claim(&thread_self));
	}
	stop_some(&SYM_client, 2, 1);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 5);
	teardown();
}

/* A signal handler may fork when the plan has been found: in the child the
 * owner is empty, and the call that was interrupted goes on. */
TEST(an_owner_may_be_wiped_meanwhile)
{
	begin();
	recorder_start("*");
	define("counter(shop.calls, span=shop.call)");
	stop_some(&SYM_client, 2, 5);
	thread_self.owner->recorder = NULL;
	stop_some(&SYM_client, 1, 5);
	stop_some(&SYM_client, 1, 1ull << 40);
	CHECK_INT(find_sample(view(), "shop.calls", "", "")->count, 4);
	teardown();
}

static int asked; /* whether it can be planned for, with a config of 1 */

static bool ask(const struct occurrence *o, void *config,
		struct known_step *step, void *room)
{
	(void)o, (void)step, (void)room;
	asked += *(int *)config;
	return false;
}

static int told[2]; /* by config */

static void tell_me(const struct occurrence *o, void *config)
{
	(void)o;
	told[*(int *)config]++;
}

/* One of whom the list could not be rid, as there was no memory for another:
 * its config may be gone when the next plan is made. */
TEST(nobody_is_asked_who_left_without_memory)
{
	static const struct known_ways ways = { .handler = tell_me,
						.prepare = ask };
	const struct handler_list *before;
	int gone = 1, stays = 0, blocks = 0;
	size_t size;

	begin();
	CHECK(!event_subscribe_known(class->stop, &ways, &gone, 0));
	CHECK(!event_subscribe_known(class->stop, &ways, &stays, 0));
	stop(&SYM_client, 17, 21, NULL, 5);
	CHECK(asked == 1 && told[0] == 1 && told[1] == 1);
	before = class->stop->handlers;
	arena_set_limit(1);
	for (size = 16; size <= 65536; size *= 2)
		while (arena_alloc(size))
			blocks++;
	event_unsubscribe(class->stop, &gone);
	CHECK(class->stop->handlers == before && before->count == 2);
	stop(&SYM_client, 17, 21, NULL, 5);
	stop(&SYM_client, 17, 21, NULL, 5);
	CHECK(told[0] == 3 && told[1] == 1);
	CHECK_INT(asked, 1);
	teardown();
}
