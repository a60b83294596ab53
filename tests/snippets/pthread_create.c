/*
 * pthread_create(): argument and result, attributes, ends of every kind.
 */
#include "lib/replay.h"

static void *give_back(void *arg)
{
	free(malloc(100));
	return arg;
}

static void *leave(void *arg)
{
	pthread_exit(arg);
}

static void *cancel_self(void *arg)
{
	pthread_cancel(pthread_self());
	pthread_testcancel();
	return arg;
}

/* Runs after the shim has let go of the thread, or before: both must do. */
static void destroyed(void *value)
{
	free(value);
	free(malloc(100));
}

static void *with_destructor(void *arg)
{
	pthread_key_t key;

	pthread_key_create(&key, destroyed);
	pthread_setspecific(key, malloc(10));
	return arg;
}

static void start(void *(*routine)(void *), const pthread_attr_t *attributes)
{
	pthread_t thread;
	void *result = NULL;
	int arg = 0;

	CALL(pthread_create(&thread, attributes, routine, &arg));
	pthread_join(thread, &result);
	show("argument came back", result == &arg);
	show("cancelled", result == PTHREAD_CANCELED);
}

static void fail(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)1 << 47);
	CALL(pthread_create(&thread, &attributes, give_back, NULL));
	pthread_attr_destroy(&attributes);
}

SNIPPET(pthread_create, .span = "libc.thread.start")
{
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
	start(give_back, NULL);
	start(give_back, &small);
	start(leave, NULL);
	start(cancel_self, NULL);
	start(with_destructor, NULL);
	fail();
	pthread_attr_destroy(&small);
}
