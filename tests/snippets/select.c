/*
 * select(): the sets, and the time that Linux writes back.
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
	BLOCK(select(pair[0] + 1, &set, NULL, NULL, NULL));
}

SNIPPET(select, .span = "libc.socket.wait", .blocks = blocks)
{
	struct timeval time = { 0, 0 }, wrong = { 0, -1 };
	fd_set in, out;
	int pair[2];

	open_pair(pair);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(pair[0], &in);
	CALL(select(pair[0] + 1, &in, NULL, NULL, &time));
	show("in", FD_ISSET(pair[0], &in));
	send(pair[1], "hello", 5, 0);
	FD_SET(pair[0], &in);
	FD_SET(pair[0], &out);
	time.tv_sec = 5;
	CALL(select(pair[0] + 1, &in, &out, NULL, &time));
	show("in", FD_ISSET(pair[0], &in));
	show("out", FD_ISSET(pair[0], &out));
	show("time was written", time.tv_sec <= 5);
	time.tv_sec = 0, time.tv_usec = 1000;
	CALL(select(0, NULL, NULL, NULL, &time));
	show("time left", time.tv_usec);
	CALL(select(-1, NULL, NULL, NULL, &time));
	CALL(select(0, NULL, NULL, NULL, &wrong));
	FD_ZERO(&in);
	FD_SET(999, &in);
	CALL(select(1000, &in, NULL, NULL, &time));
	CALL(select(pair[0] + 1, bad_pointer(), NULL, NULL, &time));
	drop_pair(pair);
}
