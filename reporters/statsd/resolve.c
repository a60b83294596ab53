/*
 * resolve.c - the address of the host.
 *
 * Figures need no look-up.  A name is looked up on the thread of the reporter,
 * with a resolver of this thread that gives up after seconds: the program waits
 * for nothing but the end of that thread, and for that no longer than it said.
 */
#include "statsd/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

static void set(struct peer *peer, const struct sockaddr *address,
		socklen_t size)
{
	link_close(&peer->link);
	memcpy(&peer->address, address, size);
	peer->address_size = size;
}

static bool set_figures(struct peer *peer)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	v4.sin_port = v6.sin6_port = htons(peer->port);
	if (inet_pton(AF_INET, peer->name, &v4.sin_addr) == 1)
		set(peer, (struct sockaddr *)&v4, sizeof(v4));
	else if (inet_pton(AF_INET6, peer->name, &v6.sin6_addr) == 1)
		set(peer, (struct sockaddr *)&v6, sizeof(v6));
	else
		return false;
	return true;
}

/* Is it the address in use? */
static bool is_same(const struct peer *peer, const struct addrinfo *info)
{
	const struct sockaddr_in *a = (const void *)&peer->address;
	const struct sockaddr_in *b = (const void *)info->ai_addr;
	const struct sockaddr_in6 *a6 = (const void *)&peer->address;
	const struct sockaddr_in6 *b6 = (const void *)info->ai_addr;

	if (!peer->address_size || peer->address.ss_family != info->ai_family)
		return false;
	if (info->ai_family == AF_INET)
		return a->sin_addr.s_addr == b->sin_addr.s_addr;
	return memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0;
}

static bool is_usable(const struct addrinfo *info)
{
	return info->ai_family == AF_INET || info->ai_family == AF_INET6;
}

/* The address in use as long as it is one of the name's, else the first. */
static int take(struct peer *peer, const struct addrinfo *list)
{
	const struct addrinfo *info, *first = NULL;

	for (info = list; info; info = info->ai_next) {
		if (is_same(peer, info))
			return 0;
		if (!first && is_usable(info))
			first = info;
	}
	if (!first)
		return -EADDRNOTAVAIL;
	set(peer, first->ai_addr, first->ai_addrlen);
	((struct sockaddr_in *)&peer->address)->sin_port = htons(peer->port);
	return 0;
}

static void warn(struct peer *peer, int error)
{
	struct text line = { 0 };

	text_str(&line, "TELEMETRY_STATSD_HOST: ");
	text_plain(&line, peer->name, 255);
	text_str(&line, " cannot be looked up: ");
	text_str(&line, gai_strerror(error));
	text_str(&line, peer->address_size ? "; the address is kept"
					   : "; trying again later");
	text_char(&line, '\0');
	if (!line.failed && peer->look_up.failed == 0)
		peer->host->log(peer->host->context, 1, line.data);
	text_free(&line);
}

static int look_up(struct peer *peer)
{
	struct addrinfo hints = { .ai_family = peer->family,
				  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	int error;

	/* Of this thread: a second for each server, once. */
	if (res_init() == 0) {
		_res.retrans = 1;
		_res.retry = 1;
	}
	error = getaddrinfo(peer->name, NULL, &hints, &list);
	if (error) {
		warn(peer, error);
		link_failed(&peer->look_up);
		return -EHOSTUNREACH;
	}
	link_works(&peer->look_up);
	error = take(peer, list);
	freeaddrinfo(list);
	return error;
}

int peer_resolve(struct peer *peer)
{
	int64_t now = link_now_ms();
	int error;

	if (peer->path || (peer->address_size && !peer->again_ms))
		return 0;
	if (peer->address_size &&
	    now - peer->look_up_ms < (int64_t)peer->again_ms)
		return 0;
	if (!link_may_try(&peer->look_up))
		return peer->address_size ? 0 : -EHOSTUNREACH;
	peer->look_up_ms = now;
	if (set_figures(peer)) {
		peer->again_ms = 0;
		return 0;
	}
	error = look_up(peer);
	return peer->address_size ? 0 : error;
}
