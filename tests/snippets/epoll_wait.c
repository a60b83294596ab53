/*
 * epoll_wait(): events, none, and things that are no epoll instance.
 */
#include "lib/replay.h"

#include <sys/epoll.h>

static void blocks(void)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);

	BLOCK(epoll_wait(epoll, &event, 1, -1));
}

SNIPPET(epoll_wait, .span = "libc.socket.wait", .blocks = blocks)
{
	struct epoll_event events[2] = { { .events = EPOLLIN } };
	int epoll = epoll_create1(EPOLL_CLOEXEC), pair[2];

	open_pair(pair);
	events[0].data.u64 = 42;
	epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &events[0]);
	CALL(epoll_wait(epoll, events, 2, 0));
	send(pair[1], "hello", 5, 0);
	events[0].data.u64 = 0;
	CALL(epoll_wait(epoll, events, 2, 0));
	show("event", events[0].events);
	show("data", (long)events[0].data.u64);
	CALL(epoll_wait(epoll, events, 2, 1));
	CALL(epoll_wait(epoll, events, 0, 0));
	CALL(epoll_wait(epoll, events, -1, 0));
	CALL(epoll_wait(pair[0], events, 2, 0));
	CALL(epoll_wait(-1, events, 2, 0));
	CALL(epoll_wait(epoll, bad_pointer(), 2, 0));
	drop_pair(pair);
	close(epoll);
}
