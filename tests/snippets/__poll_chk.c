/*
 * __poll_chk(): what poll() becomes with _FORTIFY_SOURCE.
 */
#include "lib/replay.h"

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size);

#define SIZE (3 * sizeof(struct pollfd))

static void blocks(void)
{
	struct pollfd one = { .events = POLLIN };
	int pair[2];

	open_pair(pair);
	one.fd = pair[0];
	BLOCK(__poll_chk(&one, 1, -1, sizeof(one)));
}

SNIPPET(__poll_chk, .span = "libc.socket.wait", .blocks = blocks)
{
	struct pollfd fds[3] = { { .events = POLLIN },
				 { .events = POLLOUT },
				 { .fd = 9999, .events = POLLIN } };
	int pair[2];

	open_pair(pair);
	fds[0].fd = pair[0];
	fds[1].fd = pair[0];
	CALL(__poll_chk(fds, 1, 0, -1UL));
	send(pair[1], "hello", 5, 0);
	CALL(__poll_chk(fds, 3, 0, -1UL));
	show("first", fds[0].revents);
	show("second", fds[1].revents);
	show("third", fds[2].revents);
	CALL(__poll_chk(fds, 2, 1, SIZE));
	CALL(__poll_chk(NULL, 0, 0, -1UL));
	CALL(__poll_chk(NULL, 0, 1, SIZE));
	CALL(__poll_chk(fds, 5000, 0, -1UL));
	CALL(__poll_chk(bad_pointer(), 2, 0, -1UL));
	close(pair[1]);
	CALL(__poll_chk(fds, 1, 1, SIZE));
	show("first", fds[0].revents);
	IN_CHILD(__poll_chk(fds, 4, 0, SIZE));
	close(pair[0]);
}
