/*
 * gethostbyname(): numbers, the hosts file, names that cannot be.
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
SNIPPET(gethostbyname, .span = "libc.dns.lookup", .skip = 1U << MODE_THREADS)
{
	struct hostent *host;

	host = CALL_PTR(gethostbyname("127.0.0.1"));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname("localhost"));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname("a..b"));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);

	host = CALL_PTR(gethostbyname("::1"));
	show_entry(host);
	show("h_errno", host ? 0 : h_errno);
}
