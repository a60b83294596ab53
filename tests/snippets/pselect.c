/*
 * pselect(): select() with a signal mask; the time is not written back.
 */
#include "lib/replay.h"

#include <sys/select.h>

static void blocks(void)
{
	int pair[2];
	fd_set set;

	open_pair(pair);
	FD_ZERO(&set);
	FD_SET(pair[0], &set);
	BLOCK(pselect(pair[0] + 1, &set, NULL, NULL, NULL, NULL));
}

SNIPPET(pselect, .span = "libc.socket.wait", .blocks = blocks)
{
	struct timespec soon = { 0, 1000000 }, wrong = { -1, 0 };
	sigset_t all;
	fd_set in;
	int pair[2];

	sigfillset(&all);
	open_pair(pair);
	FD_ZERO(&in);
	FD_SET(pair[0], &in);
	CALL(pselect(pair[0] + 1, &in, NULL, NULL, &soon, &all));
	show("in", FD_ISSET(pair[0], &in));
	show("time", soon.tv_nsec);
	send(pair[1], "hello", 5, 0);
	FD_SET(pair[0], &in);
	CALL(pselect(pair[0] + 1, &in, NULL, NULL, NULL, NULL));
	CALL(pselect(-1, NULL, NULL, NULL, &soon, NULL));
	CALL(pselect(0, NULL, NULL, NULL, &wrong, NULL));
	FD_ZERO(&in);
	FD_SET(999, &in);
	CALL(pselect(1000, &in, NULL, NULL, &soon, NULL));
	drop_pair(pair);
}
