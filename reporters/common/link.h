/*
 * link.h - descriptors that a reporter keeps, and peers that may not be there.
 *
 * Nothing here waits but link_wait().
 */
#ifndef REPORTERS_COMMON_LINK_H
#define REPORTERS_COMMON_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where the thread of a reporter shares its descriptors with the program, that
 * may close one of ours, and use its number for a file of its own: `dev` and
 * `ino` tell.
 */
struct link {
	int fd; /* -1: none */
	dev_t dev;
	ino_t ino;
	int64_t retry_ms;    /* not before then */
	unsigned int failed; /* times in a row */
};

#define LINK_NONE                                                              \
	{                                                                      \
		.fd = -1                                                       \
	}
#define LINK_PAUSE_MIN_MS 100
#define LINK_PAUSE_MAX_MS 30000

/* CLOCK_MONOTONIC. */
int64_t link_now_ms(void);
/* Takes the descriptor over. */
void link_set(struct link *link, int fd);
/* Is there one, and is it still ours? */
bool link_is_open(struct link *link);
/* Closes it if it is still ours. */
void link_close(struct link *link);
/* Is it time to try (again)?  After a failure in a row the pauses double. */
bool link_may_try(const struct link *link);
void link_failed(struct link *link);
void link_works(struct link *link);

/* Until it can be written to, or `end_ms` has come: -ETIMEDOUT; -EPIPE when
 * there is nobody at the other end any more. */
int link_wait(int fd, int64_t end_ms);

/* A non-blocking, connected UNIX socket of that type: the descriptor, or
 * -errno.  -EAGAIN: the peer's queue of connections is full. */
int link_unix(const char *path, int type);

#endif
