/*
 * __read_chk(): what read() becomes with _FORTIFY_SOURCE; an overflow aborts.
 */
#include "lib/replay.h"

ssize_t __read_chk(int fd, void *buf, size_t n, size_t buflen);

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_pair(pair);
	BLOCK(__read_chk(pair[0], text, 8, 8));
}

SNIPPET(__read_chk, .span = "libc.socket.recv", .blocks = blocks)
{
	int pair[2], file = open_file();
	char text[8] = "";

	open_pair(pair);
	send(pair[1], "hello", 5, 0);
	IN_CHILD(__read_chk(pair[0], text, 9, 8));
	CALL_IO(__read_chk(pair[0], text, 8, 8));
	CALL(__read_chk(file, text, 8, 8));
	IN_CHILD(__read_chk(file, text, 9, 8));
	CALL(__read_chk(-1, text, 8, 8));
	drop_pair(pair);
	close(file);
}
