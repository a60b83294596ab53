/*
 * peer.c - datagrams to the receiver.
 *
 * A socket of UDP is connected, so that the kernel tells when nobody is there:
 * with the next datagram, which is then sent again.
 */
#include "statsd/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const peer_drops[PEER_DROPS] = {
	[PEER_NO_READER] = "no_reader", [PEER_SLOW] = "slow",
	[PEER_TOO_LONG] = "too_long",	[PEER_NO_NAME] = "no_name",
	[PEER_REFUSED] = "refused",
};

static enum peer_drop reason_of(int error)
{
	switch (-error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case ENOENT:
	case ENOTCONN:
	case EPIPE:
		return PEER_NO_READER;
	case EAGAIN:
	case ETIMEDOUT:
	case ENOBUFS:
		return PEER_SLOW;
	case EMSGSIZE:
		return PEER_TOO_LONG;
	case EHOSTUNREACH:
		return PEER_NO_NAME;
	default:
		return PEER_REFUSED;
	}
}

void peer_drop(struct peer *peer, int error, unsigned int lines)
{
	peer->dropped[reason_of(error)] += lines;
}

void peer_say(struct peer *peer, int error)
{
	struct text line = { 0 };

	if (!say_is_due(&peer->say, error))
		return;
	text_str(&line, peer->path ? "TELEMETRY_STATSD_SOCKET: "
				   : "TELEMETRY_STATSD_HOST: ");
	text_plain(&line, peer->path ? peer->path : peer->name, 255);
	if (error) {
		text_str(&line, " takes nothing: ");
		text_str(&line, strerror(-error));
	} else {
		text_str(&line, " is there again");
	}
	text_char(&line, '\0');
	if (!line.failed)
		peer->host->log(peer->host->context, error ? 0 : 2, line.data);
	text_free(&line);
}

size_t peer_mtu(const struct peer *peer)
{
	return peer->path ? 8192 : 1432;
}

static int open_udp(struct peer *peer)
{
	int fd, error;

	if (!peer->address_size)
		return -EHOSTUNREACH;
	fd = socket(peer->address.ss_family,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&peer->address,
		    peer->address_size) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int open_path(struct peer *peer)
{
	int fd;

	peer->is_stream = peer->type == SOCK_STREAM;
	fd = link_unix(peer->path, peer->is_stream ? SOCK_STREAM : SOCK_DGRAM);
	if (fd == -EPROTOTYPE && peer->type == 0) {
		peer->is_stream = true;
		fd = link_unix(peer->path, SOCK_STREAM);
	}
	return fd;
}

static int reach(struct peer *peer)
{
	int fd;

	if (link_is_open(&peer->link))
		return 0;
	peer->last_lines = 0;
	if (!link_may_try(&peer->link))
		return peer->path ? -ENOENT : -ECONNREFUSED;
	fd = peer->path ? open_path(peer) : open_udp(peer);
	if (fd < 0) {
		link_failed(&peer->link);
		return fd;
	}
	link_works(&peer->link);
	link_set(&peer->link, fd);
	return 0;
}

static int put(struct peer *peer, const char *data, size_t size, int64_t end_ms)
{
	while (size) {
		ssize_t n = send(peer->link.fd, data, size,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			int error = link_wait(peer->link.fd, end_ms);

			if (error)
				return error;
			continue;
		}
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= 0 && !peer->is_stream)
			return 0;
		data += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A stream: its length first, four bytes, the lowest first.  What is not sent
 * whole ends the connection. */
static int put_framed(struct peer *peer, const char *data, size_t size,
		      int64_t end_ms)
{
	unsigned char length[4];
	int error, i;

	for (i = 0; i < 4; i++)
		length[i] = (unsigned char)(size >> (8 * i));
	error = put(peer, (const char *)length, sizeof(length), end_ms);
	if (!error)
		error = put(peer, data, size, end_ms);
	if (error)
		link_close(&peer->link);
	return error;
}

static int attempt(struct peer *peer, const char *data, size_t size,
		   int64_t end_ms)
{
	int error = reach(peer);

	if (error)
		return error;
	if (peer->is_stream)
		return put_framed(peer, data, size, end_ms);
	error = put(peer, data, size, end_ms);
	/* A full queue is no reason for another socket. */
	if (error && error != -ETIMEDOUT && error != -EMSGSIZE)
		link_close(&peer->link);
	return error;
}

int peer_send(struct peer *peer, const char *data, size_t size,
	      unsigned int lines, int64_t end_ms)
{
	bool was_open = link_is_open(&peer->link);
	int error = attempt(peer, data, size, end_ms);

	/* It is about the one before, or the receiver was started again. */
	if (error && was_open && reason_of(error) == PEER_NO_READER) {
		if (!peer->path)
			peer_drop(peer, error, peer->last_lines);
		peer_say(peer, error);
		error = attempt(peer, data, size, end_ms);
	}
	if (error == -EMSGSIZE)
		return error;
	peer->last_lines = lines;
	if (error) {
		peer_drop(peer, error, lines);
		peer->dropped_packets++;
		peer->dropped_bytes += size;
		return error;
	}
	peer->packets++;
	peer->bytes += size;
	peer->lines += lines;
	return 0;
}

void peer_close(struct peer *peer)
{
	link_close(&peer->link);
}
