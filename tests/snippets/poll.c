/*
 * poll(): ready, not ready, closed, invalid.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct pollfd one = { .events = POLLIN };
	int pair[2];

	open_pair(pair);
	one.fd = pair[0];
	BLOCK(poll(&one, 1, -1));
}

SNIPPET(poll, .span = "libc.socket.wait", .blocks = blocks)
{
	struct pollfd fds[3] = { { .events = POLLIN },
				 { .events = POLLOUT },
				 { .fd = 9999, .events = POLLIN } };
	int pair[2];

	open_pair(pair);
	fds[0].fd = pair[0];
	fds[1].fd = pair[0];
	CALL(poll(fds, 1, 0));
	send(pair[1], "hello", 5, 0);
	CALL(poll(fds, 3, 0));
	show("first", fds[0].revents);
	show("second", fds[1].revents);
	show("third", fds[2].revents);
	CALL(poll(fds, 2, 1));
	CALL(poll(NULL, 0, 0));
	CALL(poll(NULL, 0, 1));
	CALL(poll(fds, 5000, 0));
	CALL(poll(bad_pointer(), 2, 0));
	close(pair[1]);
	CALL(poll(fds, 1, 1));
	show("first", fds[0].revents);
	close(pair[0]);
}
