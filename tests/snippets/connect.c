/*
 * connect(): each kind of socket and outcome; an address that cannot be read.
 */
#include "lib/replay.h"

#define AT(address) (struct sockaddr *)&(address), sizeof(address)

/* The queue of the listener is full. */
static void blocks(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(at);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int first = socket(AF_UNIX, SOCK_STREAM, 0);
	int second = socket(AF_UNIX, SOCK_STREAM, 0);

	bind(listener, (struct sockaddr *)&at, sizeof(sa_family_t));
	getsockname(listener, (struct sockaddr *)&at, &length);
	listen(listener, 0);
	fcntl(second, F_SETFL, O_NONBLOCK);
	CALL(connect(first, (struct sockaddr *)&at, length));
	CALL(connect(second, (struct sockaddr *)&at, length));
	fcntl(second, F_SETFL, 0);
	BLOCK(connect(second, (struct sockaddr *)&at, length));
}

/* Nobody listens on a port that is ours all the same. */
static void refused(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t length = sizeof(at);
	int bound = socket(AF_INET, SOCK_STREAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(bound, AT(at));
	getsockname(bound, (struct sockaddr *)&at, &length);
	CALL(connect(tcp, AT(at)));
	close(bound), close(tcp);
}

SNIPPET(connect, .span = "libc.socket.connect", .blocks = blocks)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in at;
	int listener = open_listener(&at), file = open_file();
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CALL(connect(tcp, AT(at)));
	CALL(connect(tcp, AT(at)));
	CALL(connect(udp, AT(at)));
	CALL(connect(udp, AT(none)));
	CALL(connect(other, bad_pointer(), sizeof(at)));
	CALL(connect(other, (struct sockaddr *)&at, 3));
	CALL(connect(other, NULL, 0));
	CALL(connect(other, AT(at)));
	CALL(connect(file, AT(at)));
	CALL(connect(-1, AT(at)));
	CALL(connect(9999, AT(at)));
	refused();
	close(listener), close(tcp), close(udp), close(other), close(file);
}
