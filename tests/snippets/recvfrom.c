/*
 * recvfrom(): with and without the address of the sender.
 */
#include "lib/replay.h"

static void blocks(void)
{
	int pair[2];
	char text[8];

	open_dgrams(pair);
	BLOCK(recvfrom(pair[0], text, sizeof(text), 0, NULL, NULL));
}

SNIPPET(recvfrom, .span = "libc.socket.recv", .blocks = blocks)
{
	struct sockaddr_in at = { .sin_family = AF_INET }, from = { 0 };
	struct sockaddr *to = (struct sockaddr *)&at;
	struct sockaddr *peer = (struct sockaddr *)&from;
	socklen_t length = sizeof(at);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), file = open_file();
	char text[8];

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(udp, to, length);
	getsockname(udp, to, &length);
	sendto(udp, "one", 3, 0, to, length);
	sendto(udp, "a long one", 10, 0, to, length);
	sendto(udp, "", 0, 0, to, length);
	CALL(recvfrom(udp, text, 8, MSG_PEEK, NULL, NULL));
	CALL_IO(recvfrom(udp, text, 8, 0, peer, &length));
	show("same port", from.sin_port == at.sin_port);
	length = 2;
	CALL_IO(recvfrom(udp, text, 8, 0, peer, &length));
	show("length", length);
	CALL_IO(recvfrom(udp, text, 8, 0, NULL, NULL));
	CALL_IO(recvfrom(udp, text, 8, MSG_DONTWAIT, peer, &length));
	CALL_IO(recvfrom(file, text, 8, 0, NULL, NULL));
	CALL_IO(recvfrom(-1, text, 8, 0, NULL, NULL));
	close(udp), close(file);
}
