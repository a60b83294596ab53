/*
 * readv(): several pieces at once.
 */
#include "lib/replay.h"

static void blocks(void)
{
	char text[8];
	struct iovec part = { text, sizeof(text) };
	int pair[2];

	open_pair(pair);
	BLOCK(readv(pair[0], &part, 1));
}

SNIPPET(readv, .span = "libc.socket.recv", .blocks = blocks)
{
	char one[4] = "", two[4] = "";
	struct iovec parts[2] = { { one, 3 }, { two, 3 } };
	int pair[2], file = open_file();

	open_pair(pair);
	send(pair[1], "hello", 5, 0);
	CALL_IO(readv(pair[0], parts, 2));
	show_text("one", one);
	show_text("two", two);
	CALL_IO(readv(pair[0], parts, 0));
	CALL_IO(readv(pair[0], parts, -1));
	CALL_IO(readv(pair[0], parts, 1025));
	CALL_IO(readv(pair[0], bad_pointer(), 2));
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	CALL_IO(readv(pair[0], parts, 2));
	CALL(readv(file, parts, 2));
	CALL(readv(-1, parts, 2));
	drop_pair(pair);
	close(file);
}
