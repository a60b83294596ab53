/* names.c - see names.h. */
#include "health/names.h"

#include <ares.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct names {
	ares_channel channel;
};

struct question {
	names_found *found;
	void *arg;
};

struct names *names_new(void)
{
	struct ares_options options = { .timeout = 1000, .tries = 2 };
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	if (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS) {
		if (ares_init_options(&names->channel, &options,
				      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) ==
		    ARES_SUCCESS)
			return names;
		ares_library_cleanup();
	}
	free(names);
	return NULL;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	ares_destroy(names->channel);
	ares_library_cleanup();
	free(names);
}

static void answered(void *arg, int status, int timeouts,
		     struct ares_addrinfo *info)
{
	struct question *q = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS && info && info->nodes)
		q->found(q->arg, info->nodes->ai_addr, info->nodes->ai_addrlen,
			 "");
	else
		q->found(q->arg, NULL, 0,
			 status == ARES_EDESTRUCTION ? "cancelled"
						     : "name not found");
	if (info)
		ares_freeaddrinfo(info);
	free(q);
}

void names_find(struct names *names, const char *host, unsigned int port,
		names_found *found, void *arg)
{
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct question *q = malloc(sizeof(*q));
	char service[16];

	if (!q) {
		found(arg, NULL, 0, "no memory");
		return;
	}
	*q = (struct question){ found, arg };
	snprintf(service, sizeof(service), "%u", port);
	ares_getaddrinfo(names->channel, host, service, &hints, answered, q);
}

int names_wait(struct names *names, struct pollfd *fds, int max,
	       int *timeout_ms)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned int bits = (unsigned int)ares_getsock(names->channel, sockets,
						       ARES_GETSOCK_MAXNUM);
	struct timeval tv, *next;
	int i, count = 0, ms;

	for (i = 0; i < ARES_GETSOCK_MAXNUM && count < max; i++) {
		short events = 0;

		if (ARES_GETSOCK_READABLE(bits, i))
			events |= POLLIN;
		/* ARES_GETSOCK_WRITABLE() shifts a 1 into the sign of an
		 * int. */
		if (bits & 1u << (i + ARES_GETSOCK_MAXNUM))
			events |= POLLOUT;
		if (events)
			fds[count++] = (struct pollfd){ sockets[i], events, 0 };
	}
	next = ares_timeout(names->channel, NULL, &tv);
	if (next) {
		ms = (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
		if (*timeout_ms < 0 || ms < *timeout_ms)
			*timeout_ms = ms;
	}
	return count;
}

void names_serve(struct names *names, const struct pollfd *fds, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		short seen = fds[i].revents;

		ares_process_fd(names->channel,
				seen & (POLLIN | POLLERR | POLLHUP)
					? fds[i].fd
					: ARES_SOCKET_BAD,
				seen & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	}
	/* What has waited too long. */
	ares_process_fd(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
