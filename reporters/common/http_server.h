/*
 * http_server.h - what http.c and http_request.c share.
 */
#ifndef REPORTERS_COMMON_HTTP_SERVER_H
#define REPORTERS_COMMON_HTTP_SERVER_H

#include "common/connections.h"
#include "common/credentials.h"
#include "common/http.h"
#include "common/listener.h"

#include <microhttpd.h>

struct http {
	struct http_settings settings;
	struct http_options options;
	struct credentials credentials;
	bool is_private; /* strangers cannot ask without credentials */
	struct listener listener;
	struct MHD_Daemon *daemon; /* NULL: it does not listen */
	int epoll;		   /* the daemon's */
	ino_t epoll_inode;
	struct connections connections;
	struct http_counts counts;
	struct text complaint;	       /* the last */
	uint64_t next_try, rest_until; /* ns */
	uint64_t retry_ms;
};

uint64_t http_now(const struct http *s);
/* Logs it as a line, and frees it. */
void http_say(struct http *s, int level, struct text *what);

/* What libmicrohttpd calls. */
void http_connected(void *server, struct MHD_Connection *connection,
		    void **context, enum MHD_ConnectionNotificationCode code);
void http_completed(void *server, struct MHD_Connection *connection,
		    void **request, enum MHD_RequestTerminationCode code);
enum MHD_Result http_handle(void *server, struct MHD_Connection *connection,
			    const char *path, const char *method,
			    const char *version, const char *upload,
			    size_t *upload_size, void **request);

#endif
