/*
 * connections.h - what a server knows of its connections: how long each may
 * take, and which has to go when there are too many.
 *
 * libmicrohttpd's own time limit is one of inactivity, and a byte now and then
 * is activity.  A connection that has to go is shut down; libmicrohttpd sees
 * its end then, and closes it.
 */
#ifndef REPORTERS_COMMON_CONNECTIONS_H
#define REPORTERS_COMMON_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONNECTIONS 32 /* at once */
/* With those that have been shut down and are not closed yet.  libmicrohttpd
 * must not come to this limit: it would stop to accept, and nothing that is
 * waited for says when it would go on. */
#define CONNECTIONS_MOST 128
/* Answers at once, so that slow readers do not fill the host's memory; one that
 * is larger goes out alone. */
#define CONNECTIONS_BYTES (16u << 20)

#define CONNECTION_REQUEST_MS 10000 /* from connecting to a whole request */
#define CONNECTION_ANSWER_MS 30000  /* to take the answer */
#define CONNECTION_IDLE_MS 75000    /* to the next request */

struct connection {
	bool used, shut;
	bool asks; /* nothing to send to it */
	int fd;
	ino_t inode;
	uint64_t deadline; /* ns */
	size_t bytes;	   /* of the answer that it takes */
};

struct connections {
	struct connection all[CONNECTIONS_MOST];
	size_t count;
	uint64_t late, evicted;
};

/* A new one; the one that has waited longest goes if it is the last that there
 * is room for.  NULL: no room at all. */
struct connection *connections_add(struct connections *c, int fd, uint64_t now);
void connections_remove(struct connections *c, struct connection *connection);

/* It is given so many bytes; others that take theirs have to go if that is too
 * much. */
void connections_answer(struct connections *c, struct connection *connection,
			size_t bytes, uint64_t now);
void connections_answered(struct connection *connection, uint64_t now);

/* Shuts down those whose time is over.  When the next one's is: UINT64_MAX if
 * there is none. */
uint64_t connections_sweep(struct connections *c, uint64_t now);

/* Is each descriptor still the socket that it was?  A host that shares its
 * table with us may have closed it, and have its own there. */
bool connections_are_ours(const struct connections *c);
/* Closes those that are. */
void connections_abandon(struct connections *c);
/* Is this descriptor that socket? */
bool connections_is_socket(int fd, ino_t inode);

#endif
