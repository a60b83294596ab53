/*
 * output.h - text of a reporter to stderr or to a file.
 */
#ifndef REPORTERS_COMMON_OUTPUT_H
#define REPORTERS_COMMON_OUTPUT_H

#include <stddef.h>

/*
 * Writes whole lines, each block of them with one write(2).  path NULL is
 * descriptor 2, as it is: its flags are never changed, and where it is closed
 * or is no place for messages any more (the host's own file or connection)
 * nothing is written.  A file is opened to append, and closed again: no
 * descriptor is kept.  Never waits longer than timeout_ms for a reader.
 *
 * 0, or -errno: -ETIMEDOUT when the reader was too slow.
 */
int output_write(const char *path, const char *data, size_t size,
		 int timeout_ms);

#endif
