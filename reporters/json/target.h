/*
 * target.h - where lines go: a file, a FIFO, a UNIX socket or stderr.
 *
 * Lines arrive whole or not at all.  What cannot be written in time is dropped
 * and counted; nothing is kept for later but the end of a line whose beginning
 * has been sent.
 */
#ifndef REPORTERS_JSON_TARGET_H
#define REPORTERS_JSON_TARGET_H

#include "common/link.h"
#include "common/text.h"

#include <sys/stat.h>

enum target_reason {
	TARGET_NO_SPACE,  /* disk full, quota, limit on the size of files */
	TARGET_NO_READER, /* FIFO or socket without anybody at the other end */
	TARGET_SLOW,	  /* the reader did not take it in time */
	TARGET_TOO_LONG,  /* more than MAX_LINE, or than a datagram may have */
	TARGET_REFUSED,	  /* the path cannot be opened or written to */
	TARGET_REASONS
};

extern const char *const target_reasons[TARGET_REASONS];

struct target {
	const char *file;   /* file or FIFO, else NULL */
	const char *socket; /* UNIX socket, else NULL; both NULL: stderr */
	mode_t mode;	    /* of a new file */
	uint64_t max_size;  /* of a file, then it is rotated; 0: any */
	uint64_t keep;	    /* so many rotated files */

	struct link link; /* of a FIFO or a socket */
	bool is_datagram;
	bool is_torn;	  /* the last line of the file is not whole */
	bool is_slow;	  /* the reader: it is not waited for again */
	struct text rest; /* of a line that a stream has taken the begin of */
	uint64_t dropped[TARGET_REASONS]; /* lines */
};

/* Whole lines.  Waits for a reader up to timeout_ms.  0, or -errno of the last
 * trouble. */
int target_write(struct target *target, const char *lines, size_t size,
		 int timeout_ms);
void target_drop(struct target *target, int error, const char *lines,
		 size_t size);
void target_close(struct target *target);

/* What is left to write. */
struct lines {
	const char *at;
	size_t size;
};

/* Of target_write(): to a file or a FIFO, to a stream, to a socket.  What could
 * not be written is left in *lines. */
int target_file(struct target *target, struct lines *lines, int64_t end_ms);
int target_stream(struct target *target, struct lines *lines, int64_t end_ms);
int target_socket(struct target *target, struct lines *lines, int64_t end_ms);

/* Closes the connection; nobody will read the rest of a line that it has
 * begun. */
void target_lose(struct target *target, int error);

/* Bytes of the whole lines in the first `size`. */
size_t target_whole(const char *lines, size_t size);
/* Bytes of the whole lines at the beginning that fit into `most`; of the first
 * line if that is longer. */
size_t target_block(const char *lines, size_t size, size_t most);

#endif
