/*
 * probe.h - how a server of each protocol is asked whether it serves: what is
 * sent, and what its answer says.
 *
 * Nothing here is a login that has to succeed: a server that asks for a
 * password is up.  Every exchange ends as the protocol wants it, so that no
 * server counts it as an attack (max_connect_errors of MySQL).
 */
#ifndef REPORTERS_HEALTH_PROBE_H
#define REPORTERS_HEALTH_PROBE_H

#include "common/text.h"
#include "health/target.h"

#include <stdint.h>

enum verdict {
	PROBE_MORE, /* of the answer; what is in `out` is sent now */
	PROBE_UP,   /* what is in `out` is a farewell */
	PROBE_DOWN, /* likewise; `reason` says why */
};

struct exchange {
	const struct target *target;
	struct text out; /* to send */
	const uint8_t *in;
	size_t length; /* of what has come so far */
	unsigned int step;
	char reason[64]; /* "loading", an SQLSTATE, ... */
};

struct probe {
	const char *scheme;
	unsigned int port; /* 0: has to be given */
	/* What is sent first; NULL: nothing, the server speaks. */
	void (*begin)(struct exchange *x);
	/* Of all bytes so far; NULL: a connection is enough. */
	enum verdict (*judge)(struct exchange *x);
};

/* NULL: there is none. */
const struct probe *probe_find(const char *scheme);

#endif
