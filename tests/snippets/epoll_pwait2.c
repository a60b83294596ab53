/*
 * epoll_pwait2(): epoll_pwait() with a time in nanoseconds.
 */
#include "lib/replay.h"

#include <sys/epoll.h>

static const struct timespec now = { 0, 0 };
static const struct timespec soon = { 0, 1000 };

static void blocks(void)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);

	BLOCK(epoll_pwait2(epoll, &event, 1, NULL, NULL));
}

SNIPPET(epoll_pwait2, .span = "libc.socket.wait", .blocks = blocks)
{
	struct epoll_event events[2] = { { .events = EPOLLIN } };
	int epoll = epoll_create1(EPOLL_CLOEXEC), pair[2];

	open_pair(pair);
	events[0].data.u64 = 42;
	epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &events[0]);
	CALL(epoll_pwait2(epoll, events, 2, &now, NULL));
	send(pair[1], "hello", 5, 0);
	events[0].data.u64 = 0;
	CALL(epoll_pwait2(epoll, events, 2, &now, NULL));
	show("event", events[0].events);
	show("data", (long)events[0].data.u64);
	CALL(epoll_pwait2(epoll, events, 2, &soon, NULL));
	CALL(epoll_pwait2(epoll, events, 0, &now, NULL));
	CALL(epoll_pwait2(epoll, events, -1, &now, NULL));
	CALL(epoll_pwait2(pair[0], events, 2, &now, NULL));
	CALL(epoll_pwait2(-1, events, 2, &now, NULL));
	CALL(epoll_pwait2(epoll, bad_pointer(), 2, &now, NULL));
	{
		struct timespec wrong = { 0, -1 };

		CALL(epoll_pwait2(epoll, events, 2, &wrong, NULL));
	}
	drop_pair(pair);
	close(epoll);
}
