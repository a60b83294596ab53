/*
 * gethostbyaddr(): the hosts file, backwards.
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

/* The answer is in static memory: nothing for threads. */
SNIPPET(gethostbyaddr, .span = "libc.dns.lookup", .skip = 1U << MODE_THREADS)
{
	struct hostent *host;

	const unsigned char loopback[4] = { 127, 0, 0, 1 };

	host = CALL_PTR(gethostbyaddr(loopback, 4, AF_INET));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyaddr(loopback, 3, AF_INET));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyaddr(loopback, 4, 77));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);
}
