/*
 * test_poller.c - pollers that come and go in many threads while their own
 * thread runs them; meant to be run with SAN=thread as well.
 */
#include "event_fixture.h"

#include "runtime/poller.h"
#include "runtime/poller_list.h"
#include "telemetry/poller.h"

#include <pthread.h>

#define THREADS 6
#define ROUNDS 40

struct life {
	int alive;
	unsigned long runs;
};

static unsigned long started, destroyed, runs;

static int touch(void *config)
{
	struct life *life = config;

	CHECK(life->alive == 1);
	life->runs++;
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
	return life->runs % 3 == 0 ? -1 : 0;
}

static void destroy(void *config)
{
	struct life *life = config;

	CHECK(life->alive == 1);
	life->alive = 0; /* plain: a race is a report */
	free(life);
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
}

static int start(const char *name)
{
	struct life *life = calloc(1, sizeof(*life));
	struct telemetry_measurement m[2] = {
		telemetry_poll_call("touch", touch, life),
		telemetry_poll_builtin("os.load"),
	};
	struct telemetry_poller_options o = telemetry_poller_defaults(m, 2);
	int handle;

	CHECK(life);
	life->alive = 1;
	m[0].destroy = destroy;
	o.name = name;
	o.period_ms = 1;
	handle = telemetry_poller_start(&o);
	if (handle > 0)
		__atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
	else
		free(life);
	return handle;
}

static int visit(const struct telemetry_poller_info *info, void *arg)
{
	int other;

	CHECK(info->measurement_count == 2 && info->period_ms == 1);
	CHECK(!strcmp(info->measurements[0].name, "touch"));
	other = *(int *)arg;
	if (other == info->handle)
		CHECK(!telemetry_poller_stop(other));
	return 0;
}

static void *come_and_go(void *arg)
{
	int i, handle, other;

	for (i = 0; i < ROUNDS; i++) {
		handle = start(NULL);
		CHECK(handle > 0);
		/* Everybody wants this name; most are refused. */
		other = start("one");
		CHECK(other > 0 || other == -EEXIST);
		telemetry_poller_find("one");
		if (i % 4 == 0)
			usleep(2000);
		CHECK(!telemetry_poller_list(visit, &handle));
		CHECK(telemetry_poller_stop(handle) == -ENOENT);
		if (other > 0)
			CHECK(!telemetry_poller_stop(other));
	}
	return arg;
}

TEST(pollers_come_and_go)
{
	pthread_t threads[THREADS];
	int i;

	setup_api();
	poller_main_begins();
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, come_and_go, NULL));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	poller_end(10000, -EAGAIN);
	/* Stopped while it was looked at: whoever looked frees it. */
	CHECK_INT(destroyed, started);
	CHECK(runs > 0);
	CHECK(started >= THREADS * ROUNDS);
	CHECK(!poller_is_wanted() && !pollers.first);
	CHECK_INT(start(NULL), -EAGAIN);
}

TEST(not_too_many)
{
	int i;

	setup_api();
	for (i = 0; i < TELEMETRY_POLLERS_MAX; i++)
		CHECK(start(NULL) > 0);
	CHECK_INT(start(NULL), -ENOMEM);
	/* No main, no thread. */
	CHECK_INT(destroyed, 0);
	for (i = 1; i <= TELEMETRY_POLLERS_MAX; i++)
		CHECK_INT(telemetry_poller_stop(i), 0);
	CHECK_INT(destroyed, TELEMETRY_POLLERS_MAX);
	CHECK(!pollers.first);
}
