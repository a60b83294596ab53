/*
 * names.h - addresses of hosts, looked up without waiting (c-ares).
 */
#ifndef REPORTERS_HEALTH_NAMES_H
#define REPORTERS_HEALTH_NAMES_H

#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

struct names;

/* The first address of the host, or why there is none: "" and a length of 0, or
 * a reason.  May come before names_find() returns. */
typedef void names_found(void *arg, const struct sockaddr *address,
			 socklen_t length, const char *reason);

/* NULL: no memory. */
struct names *names_new(void);
/* Questions that are open are answered: "cancelled". */
void names_free(struct names *names);

void names_find(struct names *names, const char *host, unsigned int port,
		names_found *found, void *arg);

/* Like those of a reporter. */
int names_wait(struct names *names, struct pollfd *fds, int max,
	       int *timeout_ms);
void names_serve(struct names *names, const struct pollfd *fds, int count);

#endif
