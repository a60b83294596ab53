/*
 * sendto(): with an address, without, and with one that cannot be.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];

	open_dgrams(pair);
	fill(pair[0]);
	BLOCK(sendto(pair[0], "more", 4, 0, NULL, 0));
}

SNIPPET(sendto, .span = "libc.socket.send", .blocks = blocks)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct sockaddr *to = (struct sockaddr *)&at;
	socklen_t length = sizeof(at);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), pair[2];
	char text[8] = "";

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(udp, to, length);
	getsockname(udp, to, &length);
	open_pair(pair);
	CALL_IO(sendto(udp, "hello", 5, 0, to, length));
	CALL(recv(udp, text, sizeof(text), 0));
	CALL_IO(sendto(udp, "", 0, 0, to, length));
	CALL_IO(sendto(udp, text, 1 << 20, 0, to, length));
	CALL_IO(sendto(udp, "hello", 5, 0, NULL, 0));
	CALL_IO(sendto(udp, "hello", 5, 0, to, 3));
	CALL_IO(sendto(udp, "hello", 5, 0, bad_pointer(), length));
	CALL_IO(sendto(pair[0], "hello", 5, 0, NULL, 0));
	CALL_IO(sendto(pair[0], "hello", 5, 0, to, length));
	CALL_IO(sendto(-1, "hello", 5, 0, to, length));
	drop_pair(pair);
	close(udp);
}
