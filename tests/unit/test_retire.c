/*
 * test_retire.c - retire_wait() waits for its own handler, wherever on its way
 * out another thread has it.
 */
#include "event_fixture.h"

#include <pthread.h>

static int blocked, let_go, destroyed;
static uint64_t number;

/* Stands still until the other threads have had every chance to go wrong. */
static void block(void)
{
	int i;

	__atomic_store_n(&blocked, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&let_go, __ATOMIC_SEQ_CST))
		usleep(100);
	for (i = 0; i < 100; i++)
		usleep(200);
}

static void destroy_slowly(void *config)
{
	(void)config;
	block();
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void destroy(void *config)
{
	(void)config;
	__atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void read_slowly(const struct occurrence *o, void *config)
{
	(void)o;
	(void)config;
	block();
}

static void *reclaim(void *arg)
{
	handlers_reclaim(true);
	return arg;
}

static void *occur_elsewhere(void *arg)
{
	CHECK(thread_claim(&thread_self));
	occur(arg);
	thread_release(&thread_self);
	return NULL;
}

static void *wait_for_it(void *arg)
{
	__atomic_store_n(&let_go, 1, __ATOMIC_SEQ_CST);
	retire_wait(number);
	CHECK_INT(__atomic_load_n(&destroyed, __ATOMIC_SEQ_CST), 1);
	return arg;
}

static void wait_until_blocked(void)
{
	while (!__atomic_load_n(&blocked, __ATOMIC_SEQ_CST))
		usleep(100);
}

/* Attached and detached again, with this destroy. */
static void retire(void (*fn)(void *config))
{
	struct telemetry_attach_options options = { .struct_size =
							    sizeof(options),
						    .destroy = fn };
	const char *events[] = { "a" };

	CHECK(!handlers_attach("h", events, 1, count_call, NULL, &options));
	CHECK(!handlers_detach("h", &number));
	thread_release(&thread_self);
}

static void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	CHECK(!pthread_create(thread, NULL, fn, arg));
}

TEST(while_another_destroys_it)
{
	pthread_t destroyer, waiter;

	setup();
	retire(destroy_slowly);
	start(&destroyer, reclaim, NULL);
	wait_until_blocked();
	start(&waiter, wait_for_it, NULL);
	pthread_join(waiter, NULL);
	pthread_join(destroyer, NULL);
	CHECK_INT(destroyed, 1);
}

TEST(while_another_waits_a_grace_period)
{
	pthread_t reader, reclaimer, waiter;
	struct event *e;
	int i;

	setup();
	e = event_of("slow");
	CHECK(!event_subscribe(e, read_slowly, NULL, 0));
	retire(destroy);
	start(&reader, occur_elsewhere, e);
	wait_until_blocked();
	start(&reclaimer, reclaim, NULL);
	/* Time to take what is to be destroyed, and wait for the reader; if it
	 * were too short, nothing would be tested and nothing fail. */
	for (i = 0; i < 100; i++)
		usleep(200);
	start(&waiter, wait_for_it, NULL);
	pthread_join(waiter, NULL);
	pthread_join(reclaimer, NULL);
	pthread_join(reader, NULL);
	CHECK_INT(destroyed, 1);
}
