/*
 * target.h - what a health check looks at: a name and an address, from one item
 * of TELEMETRY_HEALTH_CHECKS.
 *
 *   name=scheme://[user[:password]@]host[:port][/path][?key=value&...]
 *   name=scheme+unix:/path/of/socket[?key=value&...]
 *
 * scheme  tcp, http, postgresql, mysql or redis
 * keys    timeout (ms), user, password, database
 */
#ifndef REPORTERS_HEALTH_TARGET_H
#define REPORTERS_HEALTH_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_SOCKET_MAX 107 /* of a path, by sockaddr_un */

struct probe;

struct target {
	const struct probe *probe;
	unsigned int port;
	int timeout_ms; /* 0: that of the reporter */
	/* Parts of `memory`; NULL if they are not given.  Either a host or a
	 * socket is. */
	char *name, *host, *socket, *path, *user, *password, *database;
	char *memory;
};

/* Takes `length` bytes of text apart.  0; -ENOMEM; -EINVAL with *expected set
 * to what would be right.  Freed with target_free(). */
int target_parse(struct target *target, const char *text, size_t length,
		 const char **expected);
void target_free(struct target *target);

#endif
