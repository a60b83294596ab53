/*
 * output.c - text of a reporter to stderr or to a file.
 *
 * Descriptor 2 belongs to the host.  It may be anything by now, so it is looked
 * at before each use.
 */
#include "common/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a pipe takes at once, so that lines of several writers do not mix. */
#define BLOCK PIPE_BUF

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A terminal, a pipe, a log: not a file that the host reads back, and not its
 * connection to somebody. */
static bool is_for_messages(int fd)
{
	int flags = fcntl(fd, F_GETFL), domain = AF_UNIX;
	socklen_t size = sizeof(domain);
	struct stat st;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode))
		return (flags & O_ACCMODE) == O_WRONLY;
	if (S_ISSOCK(st.st_mode))
		return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) ==
			       0 &&
		       domain == AF_UNIX;
	return S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode);
}

static int open_target(const char *path)
{
	int fd;

	if (!path)
		return is_for_messages(STDERR_FILENO) ? STDERR_FILENO : -EBADF;
	/* O_NONBLOCK: not to wait for the reader of a FIFO. */
	fd = open(path,
		  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			  O_NONBLOCK,
		  0644);
	return fd < 0 ? -errno : fd;
}

/* Whole lines that fit into a block; a line that is longer, cut. */
static size_t next_block(const char *data, size_t size)
{
	size_t end = BLOCK;

	if (size <= BLOCK)
		return size;
	while (end && data[end - 1] != '\n')
		end--;
	return end ? end : BLOCK;
}

static int write_block(int fd, const char *data, size_t size, int64_t end)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };

	while (size) {
		int64_t left = end - now_ms();
		int ready = poll(&poller, 1, left > 0 ? (int)left : 0);
		ssize_t n;

		if (ready == 0)
			return -ETIMEDOUT;
		if (ready > 0 && (poller.revents & (POLLNVAL | POLLERR)))
			return -EPIPE;
		n = write(fd, data, size);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int output_write(const char *path, const char *data, size_t size,
		 int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	int fd = open_target(path), error = 0;

	if (fd < 0)
		return fd;
	while (size && !error) {
		size_t block = next_block(data, size);

		error = write_block(fd, data, block, end);
		data += block;
		size -= block;
	}
	if (path)
		close(fd);
	return error;
}
