/*
 * stream.c - lines into a FIFO or a UNIX socket.
 *
 * A line that has been begun is ended before the next, when the reader takes
 * more; a new reader begins with a new line.
 */
#include "json/target.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t put(const struct target *target, const char *data, size_t size)
{
	return target->socket ? send(target->link.fd, data, size,
				     MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(target->link.fd, data, size);
}

/* Up to all of it; how much in *done. */
static int put_all(struct target *target, const char *data, size_t size,
		   int64_t end_ms, size_t *done)
{
	*done = 0;
	while (*done < size) {
		int error = link_wait(target->link.fd, end_ms);
		ssize_t n;

		if (error)
			return error;
		n = put(target, data + *done, size - *done);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		/* Ready, but not for a block of a pipe: its reader is slow. */
		if (n < 0 && errno == EAGAIN && link_now_ms() >= end_ms)
			return -ETIMEDOUT;
		if (n > 0)
			*done += (size_t)n;
	}
	return 0;
}

static void advance(struct lines *lines, size_t done)
{
	lines->at += done;
	lines->size -= done;
}

void target_lose(struct target *target, int error)
{
	link_close(&target->link);
	target_drop(target, error, target->rest.data, target->rest.length);
	text_free(&target->rest);
}

/* The rest of the line that `done` ends in goes later. */
static void keep_rest(struct target *target, struct lines *lines, size_t done)
{
	const char *end = memchr(lines->at + done, '\n', lines->size - done);
	size_t line = (size_t)(end - lines->at) + 1;

	if (done == target_whole(lines->at, done)) {
		advance(lines, done);
		return;
	}
	text_bytes(&target->rest, lines->at + done, line - done);
	advance(lines, line);
	/* Another connection, so that nothing goes on in its middle. */
	if (target->rest.failed) {
		target->dropped[TARGET_REFUSED]++;
		target_lose(target, -ENOMEM);
	}
}

static int put_rest(struct target *target, int64_t end_ms)
{
	size_t done;
	int error;

	if (!target->rest.length)
		return 0;
	error = put_all(target, target->rest.data, target->rest.length, end_ms,
			&done);
	memmove(target->rest.data, target->rest.data + done,
		target->rest.length - done);
	target->rest.length -= done;
	return error;
}

int target_stream(struct target *target, struct lines *lines, int64_t end_ms)
{
	int error = put_rest(target, end_ms);

	while (lines->size && !error) {
		/* A pipe takes that at once or not at all, so that lines of
		 * several writers do not mix. */
		size_t block = target_block(lines->at, lines->size, PIPE_BUF);
		size_t done;

		error = put_all(target, lines->at, block, end_ms, &done);
		if (error == -ETIMEDOUT)
			keep_rest(target, lines, done);
		else
			advance(lines, target_whole(lines->at, done));
	}
	if (error && error != -ETIMEDOUT)
		target_lose(target, error);
	return error;
}

static int datagrams(struct target *target, struct lines *lines, int64_t end_ms)
{
	int error = 0;

	while (lines->size && !error) {
		size_t line = target_block(lines->at, lines->size, 1);

		error = link_wait(target->link.fd, end_ms);
		if (!error && put(target, lines->at, line) < 0)
			error = errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (error == -EMSGSIZE) {
			target_drop(target, error, lines->at, line);
			error = 0;
		}
		if (!error)
			advance(lines, line);
	}
	if (error && error != -ETIMEDOUT)
		link_close(&target->link);
	return error;
}

/* Whichever of the two kinds is there. */
static int reach(struct target *target)
{
	int fd;

	if (link_is_open(&target->link))
		return 0;
	target_lose(target, -EPIPE);
	if (!link_may_try(&target->link))
		return -ECONNREFUSED;
	fd = link_unix(target->socket, SOCK_DGRAM);
	target->is_datagram = fd >= 0;
	if (fd == -EPROTOTYPE)
		fd = link_unix(target->socket, SOCK_STREAM);
	if (fd < 0) {
		link_failed(&target->link);
		return fd;
	}
	link_works(&target->link);
	link_set(&target->link, fd);
	return 0;
}

int target_socket(struct target *target, struct lines *lines, int64_t end_ms)
{
	int error = reach(target);

	if (error)
		return error;
	if (target->is_datagram)
		return datagrams(target, lines, end_ms);
	return target_stream(target, lines, end_ms);
}
