/*
 * peer.h - where datagrams go: UDP, or a UNIX socket.
 *
 * Nothing blocks longer than it may; a datagram that cannot be sent is gone and
 * counted.
 */
#ifndef REPORTERS_STATSD_PEER_H
#define REPORTERS_STATSD_PEER_H

#include "common/link.h"
#include "common/say.h"
#include "common/text.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <telemetry/reporter.h>

enum peer_drop {
	PEER_NO_READER, /* nobody at the address, or at the path */
	PEER_SLOW,	/* the queue of the receiver is full */
	PEER_TOO_LONG,	/* a line that no datagram can take */
	PEER_NO_NAME,	/* the host's name is not known (yet) */
	PEER_REFUSED,	/* anything else */
	PEER_DROPS
};
extern const char *const peer_drops[PEER_DROPS];

struct peer {
	const struct telemetry_host *host;
	const char *name; /* or an address, in figures */
	uint16_t port;
	int family;	   /* AF_INET, AF_INET6, or AF_UNSPEC: either */
	uint64_t again_ms; /* between two look-ups of the name; 0: one */
	const char *path;  /* of a UNIX socket; then name is not used */
	int type;	   /* SOCK_DGRAM, SOCK_STREAM; 0: what there is */

	struct link link;
	struct sockaddr_storage address;
	socklen_t address_size; /* 0: not known yet */
	struct link look_up;	/* its pauses */
	int64_t look_up_ms;	/* when it was last looked up */
	bool is_stream;
	struct say say; /* of the last error */
	/* The last datagram, which an error of the next may be about. */
	unsigned int last_lines;

	uint64_t packets, bytes, lines;
	uint64_t dropped[PEER_DROPS]; /* lines */
	uint64_t dropped_packets, dropped_bytes;
};

/* The largest datagram that is surely taken. */
size_t peer_mtu(const struct peer *peer);
/* One datagram of so many lines.  0, -errno, or -EMSGSIZE: try a smaller
 * one. */
int peer_send(struct peer *peer, const char *data, size_t size,
	      unsigned int lines, int64_t end_ms);
void peer_drop(struct peer *peer, int error, unsigned int lines);
/* Looks the name up if it is time; -EAI_AGAIN's kin are 0 as long as there is
 * an address. */
int peer_resolve(struct peer *peer);
void peer_close(struct peer *peer);

/* One line in the log for each trouble, and one for its end. */
void peer_say(struct peer *peer, int error);

#endif
