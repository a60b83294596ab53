/*
 * socket(): the number it takes and the flags it keeps.
 */
#include "lib/replay.h"

static void full(void)
{
	exhaust();
	CALL_FD(socket(AF_INET, SOCK_STREAM, 0));
	close(7);
	CALL_FD(socket(AF_INET, SOCK_STREAM, 0));
}

SNIPPET(socket, .full = full)
{
	int plain = CALL_FD(socket(AF_INET, SOCK_STREAM, 0));
	int flagged = CALL_FD(
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	show("plain", fcntl(plain, F_GETFD));
	show("flagged", fcntl(flagged, F_GETFD));
	show("flagged", fcntl(flagged, F_GETFL));
	CALL_FD(socket(9999, SOCK_STREAM, 0));
	CALL_FD(socket(AF_INET, 77, 0));
	CALL_FD(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	close(plain), close(flagged);
}
