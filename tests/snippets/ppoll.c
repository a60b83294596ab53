/*
 * ppoll(): poll() with a signal mask; the time is not written back.
 */
#include "lib/replay.h"

static const struct timespec now = { 0, 0 };
static const struct timespec soon = { 0, 1000000 };

static void blocks(void)
{
	struct pollfd one = { .events = POLLIN };
	int pair[2];

	open_pair(pair);
	one.fd = pair[0];
	BLOCK(ppoll(&one, 1, NULL, NULL));
}

SNIPPET(ppoll, .span = "libc.socket.wait", .blocks = blocks)
{
	struct pollfd fds[3] = { { .events = POLLIN },
				 { .events = POLLOUT },
				 { .fd = 9999, .events = POLLIN } };
	int pair[2];

	open_pair(pair);
	fds[0].fd = pair[0];
	fds[1].fd = pair[0];
	CALL(ppoll(fds, 1, &now, NULL));
	send(pair[1], "hello", 5, 0);
	CALL(ppoll(fds, 3, &now, NULL));
	show("first", fds[0].revents);
	show("second", fds[1].revents);
	show("third", fds[2].revents);
	CALL(ppoll(fds, 2, &soon, NULL));
	CALL(ppoll(NULL, 0, &now, NULL));
	CALL(ppoll(NULL, 0, &soon, NULL));
	CALL(ppoll(fds, 5000, &now, NULL));
	CALL(ppoll(bad_pointer(), 2, &now, NULL));
	close(pair[1]);
	CALL(ppoll(fds, 1, &soon, NULL));
	show("first", fds[0].revents);
	{
		struct timespec wrong = { 0, -1 };
		sigset_t all;

		sigfillset(&all);
		CALL(ppoll(fds, 1, &wrong, NULL));
		CALL(ppoll(fds, 1, &now, &all));
	}
	close(pair[0]);
}
