/*
 * getnameinfo(): numbers, names, buffers that are too small.
 */
#include "lib/replay.h"

#include <netdb.h>

SNIPPET(getnameinfo, .span = "libc.dns.lookup")
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct sockaddr *address = (struct sockaddr *)&at;
	const int numeric = NI_NUMERICHOST | NI_NUMERICSERV;
	char node[64] = "", name[64] = "";

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons(80);
	CALL(getnameinfo(address, sizeof(at), node, 64, name, 64, numeric));
	show_text("node", node);
	show_text("service", name);
	CALL(getnameinfo(address, sizeof(at), node, 64, NULL, 0, 0));
	show_text("node", node);
	CALL(getnameinfo(address, sizeof(at), node, 4, NULL, 0, numeric));
	CALL(getnameinfo(address, sizeof(at), NULL, 0, NULL, 0, NI_NAMEREQD));
	CALL(getnameinfo(address, 3, node, 64, NULL, 0, numeric));
	CALL(getnameinfo(address, sizeof(at), node, 64, NULL, 0, 0x4000));
	at.sin_family = 77;
	CALL(getnameinfo(address, sizeof(at), node, 64, NULL, 0, numeric));
}
