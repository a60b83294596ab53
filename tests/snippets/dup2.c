/*
 * dup2(): onto a free number, onto itself, onto an open socket.
 */
#include "lib/replay.h"

static void full(void)
{
	exhaust();
	CALL_FD(dup2(0, 20));
	CALL_FD(dup2(0, 4000));
}

SNIPPET(dup2, .span = "libc.socket.close", .full = full)
{
	int pair[2], other[2], file = open_file();
	char text[8];

	open_pair(pair);
	open_pair(other);
	dup2(other[0], fd_at(0));
	close(other[0]);
	CALL_FD(dup2(pair[0], fd_at(0)));
	CALL(recv(other[1], text, sizeof(text), 0));
	CALL(send(fd_at(0), "hello", 5, 0));
	CALL_FD(dup2(fd_at(0), fd_at(0)));
	CALL_FD(dup2(-1, fd_at(0)));
	CALL_FD(dup2(-1, -1));
	CALL_FD(dup2(pair[0], -1));
	CALL_FD(dup2(pair[0], 9999));
	CALL_FD(dup2(9998, 9998));
	CALL_FD(dup2(file, fd_at(0)));
	CALL(read(fd_at(0), text, 4));
	close(fd_at(0)), close(file), close(other[1]);
	drop_pair(pair);
}
