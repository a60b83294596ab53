/*
 * holder.h - who has the port or the socket that we wanted.
 */
#ifndef REPORTERS_COMMON_HOLDER_H
#define REPORTERS_COMMON_HOLDER_H

#include "common/text.h"

#include <sys/socket.h>

/* Adds " by process 12 (nginx)", or nothing if it cannot be seen.  Reads /proc,
 * which takes a while: only for a message. */
void holder_of_port(const struct sockaddr *address, struct text *out);

/* Of a connected UNIX socket. */
void holder_of_socket(int fd, struct text *out);

#endif
