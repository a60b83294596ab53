/*
 * _Exit(): the status, no handlers, nothing flushed.
 */
#include "lib/replay.h"

static void handler(void)
{
	show_text("atexit", "called");
}

static void buffered(void)
{
	atexit(handler);
	printf("never seen");
	_Exit(3);
}

static void *in_thread(void *unused)
{
	(void)unused;
	_Exit(6);
}

static void from_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
}

SNIPPET(_Exit, .span = "libc.process.exit", .forks = 1)
{
	pid_t pid;

	IN_CHILD(_Exit(0));
	IN_CHILD(_Exit(255));
	IN_CHILD(_Exit(257));
	IN_CHILD(_Exit(-1));
	IN_CHILD(buffered());
	IN_CHILD(from_thread());
	pid = vfork();
	if (pid == 0)
		_Exit(5);
	show_status(pid);
}
