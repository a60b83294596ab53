/*
 * write(): to sockets, and untouched to everything else.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	BLOCK(write(pair[0], "more", 4));
}

SNIPPET(write, .span = "libc.socket.send", .blocks = blocks)
{
	int pair[2], pipes[2], file = open_file();
	int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);

	open_pair(pair);
	pipe(pipes);
	CALL_IO(write(pair[0], "hello", 5));
	CALL_IO(write(pair[0], "", 0));
	CALL_IO(write(pair[0], bad_pointer(), 5));
	CALL(write(file, "hello", 5));
	CALL(write(pipes[1], "hello", 5));
	CALL(write(1, "", 0));
	CALL(write(closed, "hello", 5));
	CALL(write(-1, "hello", 5));
	CALL(write(9999, "hello", 5));
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	fill(pair[0]);
	CALL_IO(write(pair[0], "hello", 5));
	close(pair[1]);
	IN_CHILD(signal(SIGPIPE, SIG_IGN); CALL_IO(write(pair[0], "hello", 5)));
	IN_CHILD(signal(SIGPIPE, SIG_DFL); write(pair[0], "hello", 5));
	close(pair[0]), close(file), close(closed), drop_pair(pipes);
}
