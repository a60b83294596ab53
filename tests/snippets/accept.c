/*
 * accept(): with and without the address of the peer.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct sockaddr_in at;
	int listener = open_listener(&at);

	BLOCK(accept(listener, NULL, NULL));
}

static void full(void)
{
	struct sockaddr_in at;
	int listener = open_listener(&at);
	int client = open_client(&at);

	exhaust();
	CALL_FD(accept(listener, NULL, NULL));
	close(0);
	CALL_FD(accept(listener, NULL, NULL));
	close(client);
}

SNIPPET(accept, .span = "libc.socket.accept", .blocks = blocks, .full = full)
{
	struct sockaddr_in at, peer = { 0 };
	socklen_t length = sizeof(peer);
	int listener = open_listener(&at), file = open_file();
	int idle = socket(AF_INET, SOCK_STREAM, 0);
	int clients[3], served[3], i;

	for (i = 0; i < 3; i++)
		clients[i] = open_client(&at);
	served[0] = CALL_FD(accept(listener, NULL, &length));
	show("length untouched", length);
	served[1] =
		CALL_FD(accept(listener, (struct sockaddr *)&peer, &length));
	show("family", peer.sin_family);
	show("length", length);
	length = 4;
	served[2] =
		CALL_FD(accept(listener, (struct sockaddr *)&peer, &length));
	show("length", length);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	CALL_FD(accept(listener, NULL, NULL));
	CALL_FD(accept(idle, NULL, NULL));
	CALL_FD(accept(file, NULL, NULL));
	CALL_FD(accept(-1, NULL, NULL));
	for (i = 0; i < 3; i++)
		close(clients[i]), close(served[i]);
	close(listener), close(file), close(idle);
}
