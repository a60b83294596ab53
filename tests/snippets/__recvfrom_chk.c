/*
 * __recvfrom_chk(): recvfrom() with _FORTIFY_SOURCE; an overflow aborts.
 */
#include "lib/replay.h"

ssize_t __recvfrom_chk(int fd, void *buf, size_t n, size_t buflen, int flags,
		       struct sockaddr *from, socklen_t *length);

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_dgrams(pair);
	BLOCK(__recvfrom_chk(pair[0], text, 8, 8, 0, NULL, NULL));
}

SNIPPET(__recvfrom_chk, .span = "libc.socket.recv", .blocks = blocks)
{
	struct sockaddr_un from;
	struct sockaddr *peer = (struct sockaddr *)&from;
	socklen_t length = sizeof(from);
	int pair[2];
	char text[8] = "";

	open_dgrams(pair);
	send(pair[1], "hello", 5, 0);
	IN_CHILD(__recvfrom_chk(pair[0], text, 9, 8, 0, NULL, NULL));
	CALL_IO(__recvfrom_chk(pair[0], text, 8, 8, 0, peer, &length));
	show("length", length);
	CALL_IO(__recvfrom_chk(pair[0], text, 8, 8, MSG_DONTWAIT, NULL, NULL));
	CALL_IO(__recvfrom_chk(-1, text, 8, 8, 0, NULL, NULL));
	drop_pair(pair);
}
