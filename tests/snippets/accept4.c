/*
 * accept4(): its flags reach the new socket.
 */
#include "lib/replay.h"

static void blocks(void)
{
	struct sockaddr_in at;
	int listener = open_listener(&at);

	BLOCK(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static void full(void)
{
	struct sockaddr_in at;
	int listener = open_listener(&at);

	open_client(&at);
	exhaust();
	CALL_FD(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

SNIPPET(accept4, .span = "libc.socket.accept", .blocks = blocks, .full = full)
{
	struct sockaddr_in at;
	socklen_t length = sizeof(at);
	int listener = open_listener(&at);
	int one = open_client(&at), two = open_client(&at);
	int plain = CALL_FD(accept4(listener, NULL, NULL, 0));
	int flagged = CALL_FD(accept4(listener, (struct sockaddr *)&at, &length,
				      SOCK_CLOEXEC | SOCK_NONBLOCK));

	show("plain", fcntl(plain, F_GETFL) & O_NONBLOCK);
	show("plain", fcntl(plain, F_GETFD));
	show("flagged", !!(fcntl(flagged, F_GETFL) & O_NONBLOCK));
	show("flagged", fcntl(flagged, F_GETFD));
	fcntl(listener, F_SETFL, O_NONBLOCK);
	CALL_FD(accept4(listener, NULL, NULL, 0));
	CALL_FD(accept4(listener, NULL, NULL, 0x55));
	CALL_FD(accept4(-1, NULL, NULL, 0));
	close(one), close(two), close(plain), close(flagged), close(listener);
}
