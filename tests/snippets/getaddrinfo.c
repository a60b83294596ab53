/*
 * getaddrinfo(): answers that need no server, and each error code that can be
 * had without one.
 */
#include "lib/replay.h"

#include <netdb.h>

static void show_answers(struct addrinfo *answers)
{
	struct addrinfo *one;

	for (one = answers; one; one = one->ai_next) {
		struct sockaddr_in *at = (struct sockaddr_in *)one->ai_addr;

		show("family", one->ai_family);
		show("type", one->ai_socktype);
		show("length", one->ai_addrlen);
		show("port", ntohs(at->sin_port));
		show_text("name", one->ai_canonname);
	}
	if (answers)
		freeaddrinfo(answers);
}

static void look_up(const char *node, const char *service, int flags, int type)
{
	struct addrinfo hints = { .ai_flags = flags, .ai_socktype = type };
	struct addrinfo *answers = NULL;

	CALL(getaddrinfo(node, service, &hints, &answers));
	show_answers(answers);
}

static void full(void)
{
	exhaust();
	look_up("127.0.0.1", "80", AI_NUMERICHOST | AI_NUMERICSERV, 0);
	look_up("localhost", "80", AI_NUMERICSERV, SOCK_STREAM);
}

SNIPPET(getaddrinfo, .span = "libc.dns.lookup", .full = full)
{
	struct addrinfo *answers = NULL;

	look_up("127.0.0.1", "80", AI_NUMERICHOST, SOCK_STREAM);
	look_up("::1", NULL, AI_NUMERICHOST, SOCK_DGRAM);
	look_up("localhost", "80", AI_CANONNAME, SOCK_STREAM);
	look_up(NULL, "80", AI_PASSIVE, 0);
	look_up("not.numeric", NULL, AI_NUMERICHOST, 0);
	look_up("a..b", NULL, 0, SOCK_STREAM);
	look_up("127.0.0.1", "no-such-service", 0, SOCK_STREAM);
	look_up("127.0.0.1", "x80", AI_NUMERICSERV, SOCK_STREAM);
	look_up("127.0.0.1", NULL, 0x10000, 0);
	look_up("127.0.0.1", NULL, 0, 77);
	look_up(NULL, NULL, 0, 0);
	CALL(getaddrinfo("127.0.0.1", NULL, NULL, &answers));
	show_answers(answers);
}
