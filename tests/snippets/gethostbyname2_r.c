/*
 * gethostbyname2_r(): the same for a family of addresses.
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

SNIPPET(gethostbyname2_r, .span = "libc.dns.lookup")
{
	struct hostent room, *host = NULL;
	char text[2048];
	int error = 0;

	const int v6 = AF_INET6;

	CALL(gethostbyname2_r("::1", v6, &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname2_r("localhost", AF_INET, &room, text, 2048, &host,
			      &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname2_r("::1", v6, &room, text, 8, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);

	CALL(gethostbyname2_r("a..b", v6, &room, text, 2048, &host, &error));
	show_entry(host);
	show("found", host != NULL);
	show("error", error);
}
