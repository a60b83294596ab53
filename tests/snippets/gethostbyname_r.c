/*
 * gethostbyname_r(): in a buffer of the caller, large enough or not.
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

SNIPPET(gethostbyname_r, .span = "libc.dns.lookup")
{
	struct hostent room, *host = NULL;
	char text[2048];
	int error = 0;

	CALL(gethostbyname_r("127.0.0.1", &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname_r("localhost", &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname_r("localhost", &room, text, 8, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname_r("a..b", &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);
}
