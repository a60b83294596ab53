/*
 * http.h - a small HTTP server for reporters that listen.
 *
 * libmicrohttpd on the poll loop of whoever loaded the reporter: no threads, no
 * signals, nothing that blocks.  Answers GET and HEAD; what a connection may
 * take of time and memory is limited, and so is their number.  Everything here
 * is called from one thread.
 */
#ifndef REPORTERS_COMMON_HTTP_H
#define REPORTERS_COMMON_HTTP_H

#include "common/text.h"

#include <stdbool.h>
#include <telemetry/reporter.h>

struct http; /* a server */

struct http_request {
	const char *path; /* decoded, without the query */
	/* It came with the credentials that are set; or none are, and the
	 * server cannot be reached from beyond this machine, or is told that
	 * this does not matter. */
	bool is_authorized;
	void *connection;
};

struct http_answer {
	unsigned int status; /* 200 when the handler is called */
	const char *type;    /* Content-Type; lives as long as the reporter */
	struct text body;    /* taken over */
};

/* Answers a request; it must not block. */
typedef void http_handler(void *context, const struct http_request *request,
			  struct http_answer *answer);

struct http_settings {
	const struct telemetry_host *host;
	const char *prefix; /* of its variables: "TELEMETRY_PROMETHEUS_" */
	unsigned int port;  /* unless set otherwise */
	http_handler *answer;
	void *context; /* of the handler */
	/* Answers everybody: the handler looks at is_authorized. */
	bool is_open;
};

/* What went wrong, and what went out. */
struct http_counts {
	uint64_t bytes;	       /* of bodies that were handed to the network */
	uint64_t unauthorized; /* 401 */
	uint64_t refused;      /* another 4xx by this server */
	uint64_t late;	       /* closed: too slow */
	uint64_t evicted;      /* closed: there were too many */
	uint64_t aborted;      /* answers that the other side did not take */
};

/* Its options, for the help text of a reporter. */
#define HTTP_HELP                                                              \
	"ADDRESS        listen at this numeric address (127.0.0.1)\n"          \
	"SOCKET         listen at this UNIX socket instead\n"                  \
	"SOCKET_MODE    its permissions (0600)\n"                              \
	"PORT_FILE      write the number of the port into this file\n"         \
	"USERNAME       ask for this name\n"                                   \
	"PASSWORD       and this password\n"                                   \
	"PASSWORD_FILE  or the one in this file\n"                             \
	"TOKEN          ask for this bearer token\n"                           \
	"TOKEN_FILE     or the one in this file\n"                             \
	"INSECURE       true: beyond this machine without being asked for "    \
	"either (false)\n"

/* 0 or -ENOMEM.  Freed with http_free(). */
int http_new(struct http **server, const struct http_settings *settings);
void http_free(struct http *server);

/* Like configure() of a reporter: "port" and all options of HTTP_HELP. */
int http_configure(struct http *server, const char *key, const char *value,
		   const char **expected);

/* After all options: may it listen as it is told to?  0; or -errno, and it has
 * logged why.  Does not listen yet. */
int http_start(struct http *server);

/* The members of a reporter.  It begins to listen in the first http_wait(), so
 * that a process that ends does not for a moment; if it cannot, it says so once
 * and tries again. */
int http_wait(struct http *server, struct pollfd *fds, int max,
	      int *timeout_ms);
void http_serve(struct http *server);

/* Of a request; NULL if it is not there. */
const char *http_header(const struct http_request *request, const char *name);

const struct http_counts *http_counts(const struct http *server);

#endif
