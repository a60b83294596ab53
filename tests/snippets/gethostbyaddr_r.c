/*
 * gethostbyaddr_r(): the hosts file backwards, in a buffer of the caller.
 */
#include "lib/replay.h"

#include <netdb.h>

static void show_entry(const struct hostent *host)
{
	if (!host)
		return;
	show_text("name", host->h_name);
	show("type", host->h_addrtype);
	show("length", host->h_length);
	show_bytes("address", host->h_addr_list[0], host->h_length);
}

SNIPPET(gethostbyaddr_r, .span = "libc.dns.lookup")
{
	struct hostent room, *host = NULL;
	char text[2048];
	int error = 0;

	const unsigned char at[4] = { 127, 0, 0, 1 };
	const int v4 = AF_INET;

	CALL(gethostbyaddr_r(at, 4, v4, &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyaddr_r(at, 4, v4, &room, text, 8, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyaddr_r(at, 3, v4, &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);
}
