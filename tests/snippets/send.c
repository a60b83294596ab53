/*
 * send(): partial, refused, broken and unreadable.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	BLOCK(send(pair[0], "more", 4, 0));
}

SNIPPET(send, .span = "libc.socket.send", .blocks = blocks)
{
	static char large[1 << 20];
	int pair[2], file = open_file();

	open_pair(pair);
	CALL_IO(send(pair[0], "hello", 5, 0));
	CALL_IO(send(pair[0], "", 0, 0));
	CALL_IO(send(pair[0], large, sizeof(large), MSG_DONTWAIT));
	CALL_IO(send(pair[0], large, sizeof(large), MSG_DONTWAIT));
	CALL_IO(send(pair[1], bad_pointer(), 5, 0));
	CALL(send(file, "hello", 5, 0));
	CALL(send(-1, "hello", 5, 0));
	CALL(send(9999, "hello", 5, 0));
	close(pair[1]);
	CALL_IO(send(pair[0], "hello", 5, MSG_NOSIGNAL));
	IN_CHILD(signal(SIGPIPE, SIG_DFL); send(pair[0], "hello", 5, 0));
	close(pair[0]), close(file);
}
