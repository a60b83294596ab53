/*
 * dup(): takes the lowest free number.
 */
#include "lib/replay.h"

static void full(void)
{
	exhaust();
	CALL_FD(dup(0));
	close(5);
	CALL_FD(dup(0));
}

SNIPPET(dup, .full = full)
{
	int pair[2], copy;
	char text[8];

	open_pair(pair);
	copy = CALL_FD(dup(pair[0]));
	CALL(close(pair[0]));
	CALL(send(copy, "hello", 5, 0));
	CALL(recv(pair[1], text, sizeof(text), 0));
	CALL(close(copy));
	CALL(recv(pair[1], text, sizeof(text), 0));
	CALL_FD(dup(-1));
	CALL_FD(dup(9999));
	close(pair[1]);
}
