/*
 * __recv_chk(): what recv() becomes with _FORTIFY_SOURCE; an overflow aborts.
 */
#include "lib/replay.h"

ssize_t __recv_chk(int fd, void *buf, size_t n, size_t buflen, int flags);

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_pair(pair);
	BLOCK(__recv_chk(pair[0], text, 8, 8, 0));
}

SNIPPET(__recv_chk, .span = "libc.socket.recv", .blocks = blocks)
{
	int pair[2];
	char text[8] = "";

	open_pair(pair);
	send(pair[1], "hello", 5, 0);
	CALL(__recv_chk(pair[0], text, 8, 8, MSG_PEEK));
	IN_CHILD(__recv_chk(pair[0], text, 9, 8, 0));
	CALL_IO(__recv_chk(pair[0], text, 8, 8, 0));
	CALL_IO(__recv_chk(pair[0], text, 8, (size_t)-1, MSG_DONTWAIT));
	CALL_IO(__recv_chk(-1, text, 8, 8, 0));
	show_bytes("text", text, 5);
	drop_pair(pair);
}
