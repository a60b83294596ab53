/*
 * gethostbyname2(): the same for a family of addresses.
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
SNIPPET(gethostbyname2, .span = "libc.dns.lookup", .skip = 1U << MODE_THREADS)
{
	struct hostent *host;

	host = CALL_PTR(gethostbyname2("127.0.0.1", AF_INET));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname2("localhost", AF_INET));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname2("::1", AF_INET6));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname2("a..b", AF_INET6));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname2("localhost", 77));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);
}
