/*
 * epoll_pwait(): epoll_wait() with a signal mask.
 */
#include "lib/replay.h"

#include <sys/epoll.h>

static void blocks(void)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);

	BLOCK(epoll_pwait(epoll, &event, 1, -1, NULL));
}

SNIPPET(epoll_pwait, .span = "libc.socket.wait", .blocks = blocks)
{
	struct epoll_event events[2] = { { .events = EPOLLIN } };
	int epoll = epoll_create1(EPOLL_CLOEXEC), pair[2];

	open_pair(pair);
	events[0].data.u64 = 42;
	epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &events[0]);
	CALL(epoll_pwait(epoll, events, 2, 0, NULL));
	send(pair[1], "hello", 5, 0);
	events[0].data.u64 = 0;
	CALL(epoll_pwait(epoll, events, 2, 0, NULL));
	show("event", events[0].events);
	show("data", (long)events[0].data.u64);
	CALL(epoll_pwait(epoll, events, 2, 1, NULL));
	CALL(epoll_pwait(epoll, events, 0, 0, NULL));
	CALL(epoll_pwait(epoll, events, -1, 0, NULL));
	CALL(epoll_pwait(pair[0], events, 2, 0, NULL));
	CALL(epoll_pwait(-1, events, 2, 0, NULL));
	CALL(epoll_pwait(epoll, bad_pointer(), 2, 0, NULL));
	{
		sigset_t all;

		sigfillset(&all);
		CALL(epoll_pwait(epoll, events, 2, 0, &all));
	}
	drop_pair(pair);
	close(epoll);
}
