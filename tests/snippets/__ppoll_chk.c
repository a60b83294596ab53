/*
 * __ppoll_chk(): what ppoll() becomes with _FORTIFY_SOURCE.
 */
#include "lib/replay.h"

int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t size);

#define SIZE (3 * sizeof(struct pollfd))

static const struct timespec now = { 0, 0 };

static void blocks(void)
{
	struct pollfd one = { .events = POLLIN };
	int pair[2];

	open_pair(pair);
	one.fd = pair[0];
	BLOCK(__ppoll_chk(&one, 1, NULL, NULL, sizeof(one)));
}

SNIPPET(__ppoll_chk, .span = "libc.socket.wait", .blocks = blocks)
{
	struct pollfd fds[3] = { { .events = POLLIN },
				 { .events = POLLOUT },
				 { .fd = 9999, .events = POLLIN } };
	int pair[2];

	open_pair(pair);
	fds[0].fd = pair[0];
	fds[1].fd = pair[0];
	CALL(__ppoll_chk(fds, 1, &now, NULL, -1UL));
	send(pair[1], "hello", 5, 0);
	CALL(__ppoll_chk(fds, 3, &now, NULL, -1UL));
	show("first", fds[0].revents);
	show("second", fds[1].revents);
	show("third", fds[2].revents);
	CALL(__ppoll_chk(fds, 2, &now, NULL, SIZE));
	CALL(__ppoll_chk(NULL, 0, &now, NULL, -1UL));
	CALL(__ppoll_chk(NULL, 0, &now, NULL, SIZE));
	CALL(__ppoll_chk(fds, 5000, &now, NULL, -1UL));
	CALL(__ppoll_chk(bad_pointer(), 2, &now, NULL, -1UL));
	close(pair[1]);
	CALL(__ppoll_chk(fds, 1, &now, NULL, SIZE));
	show("first", fds[0].revents);
	IN_CHILD(__ppoll_chk(fds, 4, &now, NULL, SIZE));
	close(pair[0]);
}
