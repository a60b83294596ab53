/*
 * listener.h - the socket that a server listens at, and its traces in the file
 * system.
 */
#ifndef REPORTERS_COMMON_LISTENER_H
#define REPORTERS_COMMON_LISTENER_H

#include "common/http_options.h"
#include "common/text.h"

#include <sys/types.h>

struct listener {
	int fd;
	ino_t inode;	   /* of the socket */
	unsigned int port; /* TCP */
	ino_t file;	   /* of the UNIX socket in the file system */
};

/* Non-blocking, closed on exec.  0; or -errno, and in *why what is wrong; with
 * `who`, at its end who has the port, if that can be known. */
int listener_open(struct listener *l, const struct http_options *options,
		  bool who, struct text *why);

/* Removes the files that it made, unless they are another's by now.  The
 * socket itself belongs to libmicrohttpd and is closed there. */
void listener_remove_files(const struct listener *l,
			   const struct http_options *options);

#endif
