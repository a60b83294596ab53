/*
 * socketpair(): both ends, their flags, and families without pairs.
 */
#include "lib/replay.h"

static void full(void)
{
	int pair[2] = { -5, -5 };

	exhaust();
	CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	close(7);
	CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	show("untouched", pair[0]);
}

SNIPPET(socketpair, .full = full)
{
	int pair[2] = { -5, -5 };

	CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	show_fd("one", pair[0], MARK);
	show_fd("two", pair[1], MARK);
	show("flags", fcntl(pair[0], F_GETFD));
	drop_pair(pair);
	CALL(socketpair(AF_INET, SOCK_STREAM, 0, pair));
	CALL(socketpair(AF_UNIX, 77, 0, pair));
	CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, bad_pointer()));
}
