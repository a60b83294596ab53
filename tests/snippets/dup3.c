/*
 * dup3(): dup2() with flags, and stricter.
 */
#include "lib/replay.h"

static void full(void)
{
	exhaust();
	CALL_FD(dup3(0, 4000, 0));
}

SNIPPET(dup3, .span = "libc.socket.close", .full = full)
{
	int pair[2];

	open_pair(pair);
	dup2(pair[0], fd_at(0));
	CALL_FD(dup3(pair[1], fd_at(0), O_CLOEXEC));
	show("flags", fcntl(fd_at(0), F_GETFD));
	CALL_FD(dup3(pair[1], fd_at(0), 0));
	show("flags", fcntl(fd_at(0), F_GETFD));
	CALL_FD(dup3(fd_at(0), fd_at(0), 0));
	CALL_FD(dup3(pair[0], fd_at(1), O_APPEND));
	CALL_FD(dup3(-1, fd_at(0), 0));
	CALL_FD(dup3(pair[0], 9999, 0));
	close(fd_at(0));
	drop_pair(pair);
}
