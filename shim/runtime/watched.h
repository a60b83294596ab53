/*
 * watched.h - segments that stay open from one look at the rings to the next,
 * while there is news.
 *
 * Where the exporter's thread has a descriptor table of its own: nobody else
 * closes them there.  A child of a fork has none of them.  On that thread only.
 */
#ifndef SHIM_RUNTIME_WATCHED_H
#define SHIM_RUNTIME_WATCHED_H

#include "base/segment.h"

#define WATCHED_RINGS 16 /* of one process; of more all are read */

/* One of the group that is chosen. */
struct watched {
	const void *group;
	uint32_t pid, n;
	uint64_t inode;
	uint64_t started;     /* header.started_boottime of whom was alive */
	uint64_t alive_until; /* not asked again before; clock_ns() */
	uint64_t used;	      /* of the segment with these rings, 0: no such */
	uint32_t ring_count;
	uint32_t rings[WATCHED_RINGS]; /* offsets of the bodies */
	uint32_t fd;		       /* + 1; 0: this place is free */
	uint32_t look;		       /* the last one that saw it */
};

/* Before a look that is to keep files open; without it none is. */
void watched_begin(void);
/* After it: closes those that were not seen, or all. */
void watched_end(bool all);
/* In the child of a fork, which may have come in the middle of a look. */
void watched_after_fork(void);

/* The open segment of this name and inode, or NULL: it is to be found by its
 * path.  Borrowed until watched_end(). */
struct watched *watched_find(uint32_t pid, uint32_t n, uint64_t inode);
int watched_descriptor(const struct watched *w); /* -1 for NULL */

/* As segment_is_alive(), but /proc is asked once a second: that one who was
 * killed is not there any more may be seen as late if its parent does not ask
 * for it. */
bool watched_is_alive(struct watched *w, const struct segment_image *image);

/* May a ring of it, of which `used` bytes are in use, have records that nobody
 * has taken? */
bool watched_has_news(const struct watched *w, uint64_t used);
/* Notes where its rings are. */
void watched_learn(struct watched *w, const struct segment_image *image);

#endif
