/*
 * quick_exit(): its own handlers only, nothing flushed.
 */
#include "lib/replay.h"

static void never(void)
{
	show_text("atexit", "called");
}

static void first(void)
{
	show_text("at_quick_exit", "first");
}

static void second(void)
{
	show_text("at_quick_exit", "second");
	free(malloc(100));
}

static void leave(void)
{
	atexit(never);
	at_quick_exit(first);
	at_quick_exit(second);
	printf("never seen");
	quick_exit(3);
}

SNIPPET(quick_exit, .span = "libc.process.exit", .forks = 1)
{
	IN_CHILD(quick_exit(0));
	IN_CHILD(quick_exit(257));
	IN_CHILD(leave());
}
