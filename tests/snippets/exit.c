/*
 * exit(): handlers in their order, streams flushed, the status.
 */
#include "lib/replay.h"

static void first(void)
{
	show_text("atexit", "first");
	free(malloc(100));
}

static void second(int status, void *arg)
{
	show_text("on_exit", arg);
	show("status", status);
}

static void leave_buffered(void)
{
	atexit(first);
	on_exit(second, "second");
	printf("flushed at exit\n");
	exit(3);
}

static void *in_thread(void *unused)
{
	(void)unused;
	exit(6);
}

static void from_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
}

static void leave_from_handler(void)
{
	_exit(9);
}

SNIPPET(exit, .span = "libc.process.exit", .forks = 1)
{
	IN_CHILD(exit(0));
	IN_CHILD(exit(257));
	IN_CHILD(leave_buffered());
	IN_CHILD(from_thread());
	IN_CHILD(atexit(leave_from_handler); exit(1));
}
