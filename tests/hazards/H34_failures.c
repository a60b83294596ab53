/*
 * H34: a call that fails for good ends in one exception event with the kernel's
 * word for it, and no stop, whichever function it is and however often it went
 * well before; one that only finds nothing to do is a stop.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <signal.h>
#include <sys/uio.h>

#define TIMES 3 /* the first of a kind makes plans for the others */

static char text[100000];
static struct iovec iov = { text, 10 };
static struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
static struct mmsghdr many = { .msg_hdr = { .msg_iov = &iov,
					    .msg_iovlen = 1 } };
static unsigned long stops, exceptions;
static char reason[32];

static int note(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *v = telemetry_get(metadata, "reason");

	(void)event;
	(void)measurements;
	(void)config;
	exceptions++;
	snprintf(reason, sizeof(reason), "%s", v ? v->as.string : "none");
	return 0;
}

static void seen(const char *call, int error, unsigned long expected_stops,
		 unsigned long expected_exceptions)
{
	printf("%s: %s\n", call, error ? strerrorname_np(error) : "went well");
	if (shimmed() &&
	    (stops != expected_stops || exceptions != expected_exceptions ||
	     (exceptions && strcmp(reason, strerrorname_np(error)) != 0))) {
		printf("seen: %lu stops, %lu exceptions, last %s\n", stops,
		       exceptions, reason);
		fflush(stdout);
		hazard_failed(__FILE__, __LINE__, call);
	}
	stops = exceptions = 0;
}

#define FAILS(call, error)                                                     \
	do {                                                                   \
		errno = 0;                                                     \
		stops = exceptions = 0;                                        \
		CHECK((call) == -1 && errno == (error));                       \
		seen(#call, error, 0, 1);                                      \
	} while (0)
#define IS_BUSY(call)                                                          \
	do {                                                                   \
		errno = 0;                                                     \
		stops = exceptions = 0;                                        \
		CHECK((call) == -1 && errno == EAGAIN);                        \
		seen(#call, EAGAIN, 1, 0);                                     \
	} while (0)
#define GOES_WELL(call)                                                        \
	do {                                                                   \
		stops = exceptions = 0;                                        \
		CHECK((call) >= 0);                                            \
		seen(#call, 0, 1, 0);                                          \
	} while (0)

/* The other end is gone. */
static void no_reader(void)
{
	int pair[2];

	pair_of(pair);
	GOES_WELL(send(pair[0], text, 10, 0));
	GOES_WELL(recv(pair[1], text, 10, 0));
	IS_BUSY(recv(pair[1], text, 10, MSG_DONTWAIT));
	close(pair[1]);
	FAILS(send(pair[0], text, 10, 0), EPIPE);
	FAILS(sendto(pair[0], text, 10, 0, NULL, 0), EPIPE);
	FAILS(sendmsg(pair[0], &message, 0), EPIPE);
	FAILS(sendmmsg(pair[0], &many, 1, 0), EPIPE);
	FAILS(write(pair[0], text, 10), EPIPE);
	FAILS(writev(pair[0], &iov, 1), EPIPE);
	close(pair[0]);
}

/* A connection that the other end has left with bytes unread. */
static int reset_connection(int listener, int port)
{
	int fd = connect_tcp(port), other = accept(listener, NULL, NULL);
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	CHECK(other >= 0 && send(fd, text, 10, 0) == 10);
	CHECK(recv(other, text, 10, MSG_PEEK) == 10);
	close(other);
	CHECK(poll(&gone, 1, PATIENCE_S * 1000) == 1);
	return fd;
}

static void resets(void)
{
	int port, listener = listen_tcp(&port), fd;

	fd = reset_connection(listener, port);
	FAILS(recv(fd, text, 10, 0), ECONNRESET);
	FAILS(send(fd, text, 10, 0), EPIPE);
	close(fd);
	fd = reset_connection(listener, port);
	FAILS(read(fd, text, 10), ECONNRESET);
	close(fd);
	fd = reset_connection(listener, port);
	FAILS(recvmsg(fd, &message, 0), ECONNRESET);
	close(fd);
	fd = reset_connection(listener, port);
	FAILS(recvmmsg(fd, &many, 1, 0, NULL), ECONNRESET);
	close(fd);
	fd = reset_connection(listener, port);
	FAILS(recvfrom(fd, text, 10, 0, NULL, NULL), ECONNRESET);
	close(fd);
	fd = reset_connection(listener, port);
	FAILS(readv(fd, &iov, 1), ECONNRESET);
	close(fd);
	close(listener);
}

static void others(void)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);

	FAILS(recv(tcp, text, 10, 0), ENOTCONN);
	FAILS(read(tcp, text, 10), ENOTCONN);
	FAILS(send(udp, text, 10, 0), EDESTADDRREQ);
	FAILS(sendmsg(udp, &message, 0), EDESTADDRREQ);
	close(tcp);
	close(udp);
}

int main(void)
{
	int i;

	signal(SIGPIPE, SIG_IGN);
	listen_to("libc.socket.send.stop", count_event, &stops);
	listen_to("libc.socket.recv.stop", count_event, &stops);
	listen_to("libc.socket.send.exception", note, NULL);
	listen_to("libc.socket.recv.exception", note, NULL);
	for (i = 0; i < TIMES; i++) {
		no_reader();
		resets();
		others();
	}
	return hazard_end();
}
