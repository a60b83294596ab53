/*
 * writev(): several pieces at once.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct iovec part = { "more", 4 };
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	BLOCK(writev(pair[0], &part, 1));
}

SNIPPET(writev, .span = "libc.socket.send", .blocks = blocks)
{
	struct iovec parts[2] = { { "hello ", 6 }, { "world", 5 } };
	int pair[2], file = open_file();
	char text[16];

	open_pair(pair);
	CALL_IO(writev(pair[0], parts, 2));
	CALL(recv(pair[1], text, sizeof(text), 0));
	show_bytes("text", text, 11);
	CALL_IO(writev(pair[0], parts, 0));
	CALL_IO(writev(pair[0], parts, -1));
	CALL_IO(writev(pair[0], parts, 1025));
	CALL_IO(writev(pair[0], bad_pointer(), 2));
	CALL(writev(file, parts, 2));
	CALL(writev(-1, parts, 2));
	parts[1].iov_len = huge() + 1;
	CALL_IO(writev(pair[0], parts, 2));
	drop_pair(pair);
	close(file);
}
