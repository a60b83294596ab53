/*
 * file.c - lines at the end of a file.
 *
 * The file is opened for each batch and closed again: a file that was renamed,
 * or removed, or truncated by whoever rotates logs needs no signal, and nothing
 * of ours is open in between.  Several processes may append to one file.
 */
#include "json/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BLOCK (512u << 10) /* bytes for one write */

/* O_NONBLOCK: not to wait for the reader of a FIFO.  O_CREAT even where there
 * is a file: the kernel then protects sticky directories. */
static int open_file(const struct target *target)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
		    O_NONBLOCK | O_NOFOLLOW;
	int fd = open(target->file, flags | O_EXCL, target->mode);

	if (fd >= 0) {
		/* Whatever the program's mask is. */
		fchmod(fd, target->mode);
		return fd;
	}
	if (errno == EEXIST)
		fd = open(target->file, flags, target->mode);
	return fd < 0 ? -errno : fd;
}

/* name.1 is the newest. */
static void rename_all(const struct target *target)
{
	char from[4096 + 32], to[4096 + 32];
	uint64_t i;

	for (i = target->keep; i > 1; i--) {
		snprintf(from, sizeof(from), "%.4096s.%u", target->file,
			 (unsigned int)(i - 1));
		snprintf(to, sizeof(to), "%.4096s.%u", target->file,
			 (unsigned int)i);
		rename(from, to);
	}
	snprintf(to, sizeof(to), "%.4096s.1", target->file);
	rename(target->file, to);
}

/* One of several processes does it: the one that has the lock of the file that
 * still has the name. */
static void rotate(const struct target *target, int fd)
{
	struct stat ours, named;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (fstat(fd, &ours) == 0 && stat(target->file, &named) == 0 &&
	    ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
		rename_all(target);
}

/* The open file, after a rotation if that is due for `size` bytes more. */
static int open_with_room(const struct target *target, size_t size)
{
	int fd = open_file(target);
	struct stat st;

	if (fd < 0 || !target->max_size || fstat(fd, &st) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    (uint64_t)st.st_size + size <= target->max_size)
		return fd;
	rotate(target, fd);
	close(fd);
	return open_file(target);
}

/* Takes back the beginning of a line, if it is still the end of the file; its
 * bytes. */
static size_t mend(struct target *target, int fd, const char *lines,
		   size_t done)
{
	size_t part = done - target_whole(lines, done);
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (part)
		target->is_torn = at < 0 || fstat(fd, &st) < 0 ||
				  st.st_size != at ||
				  ftruncate(fd, at - (off_t)part) < 0;
	return part;
}

/* One write: others that append do not get between its lines. */
static int append(struct target *target, int fd, struct lines *lines,
		  size_t size)
{
	const char *begin = lines->at;
	struct stat st;

	if (target->is_torn && fstat(fd, &st) == 0 && st.st_size > 0 &&
	    write(fd, "\n", 1) != 1)
		return -ENOSPC;
	target->is_torn = false;
	while (size) {
		ssize_t n = write(fd, lines->at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int error = n == 0 ? -ENOSPC : -errno;
			size_t done = (size_t)(lines->at - begin);
			size_t part = mend(target, fd, begin, done);

			lines->at -= part;
			lines->size += part;
			return error;
		}
		lines->at += n;
		lines->size -= (size_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* Is the FIFO that is open still the one of that name? */
static bool has_name(const struct target *target)
{
	struct stat named;

	return stat(target->file, &named) == 0 &&
	       named.st_dev == target->link.dev &&
	       named.st_ino == target->link.ino;
}

int target_file(struct target *target, struct lines *lines, int64_t end_ms)
{
	int error = 0;

	if (link_is_open(&target->link)) {
		if (has_name(target))
			return target_stream(target, lines, end_ms);
		target_lose(target, -EPIPE);
	}
	while (lines->size && !error) {
		size_t most = target->max_size && target->max_size < BLOCK
				      ? target->max_size
				      : BLOCK;
		size_t block = target_block(lines->at, lines->size, most);
		int fd = open_with_room(target, block);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0)
			return fd < 0 ? fd : -errno;
		/* A FIFO, a terminal: something with a reader. */
		if (!S_ISREG(st.st_mode)) {
			link_set(&target->link, fd);
			return target_stream(target, lines, end_ms);
		}
		error = append(target, fd, lines, block);
		close(fd);
	}
	return error;
}
