/*
 * H40, H9: a descriptor number that is reused after a close that nobody saw
 * (inside fclose, or a raw system call) must not carry the old peer, and
 * close_range, dup and descriptors that come by message are followed.
 *
 * Technique: the descriptor table is a hint; whatever makes a new descriptor of
 * that number overrides what was known of it.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/uio.h>

#define STEPS 200

static long port_seen = -1, fd_seen;

static int on_send(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *port, *fd;

	(void)event;
	(void)m;
	(void)config;
	port = telemetry_get(metadata, "network.peer.port");
	fd = telemetry_get(metadata, "fd");
	port_seen = port ? port->as.i64 : 0;
	fd_seen = fd ? fd->as.i64 : -1;
	return 0;
}

/* The span of a send on fd names this peer; 0 is none at all. */
static void expect(const char *step, int fd, int port)
{
	char byte = 'x';

	port_seen = -1;
	CHECK(send(fd, &byte, 1, MSG_NOSIGNAL) == 1);
	if (shimmed() && (port_seen != port || fd_seen != fd)) {
		errno = (int)port_seen;
		hazard_failed(__FILE__, __LINE__, step);
	}
	printf("%s: done\n", step);
}

static int server[2], port[2];

/* A new connection to server i that gets the number fd. */
static void connect_as(int fd, int i)
{
	int new = connect_tcp(port[i]);

	if (new != fd) {
		CHECK(dup3(new, fd, 0) == fd);
		CHECK(close(new) == 0);
	}
}

/* A file gets the number after a close that libc hides: no socket event. */
static void file_instead(int fd)
{
	FILE *file = fdopen(fd, "r+");

	CHECK(file && fclose(file) == 0);
	CHECK(open("file", O_CREAT | O_WRONLY, 0600) == fd);
	port_seen = -1;
	CHECK(write(fd, "x", 1) == 1);
	CHECK(port_seen == -1);
	CHECK(syscall(SYS_close, fd) == 0);
}

static int pass_descriptor(int from, int to, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET,
				  SCM_RIGHTS } };
	char bytes[2] = { 'x', 'y' };
	struct iovec iov = { bytes, 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK(sendmsg(from, &message, 0) == 1);
	CHECK(close(fd) == 0);
	CHECK(recv(to, bytes, 1, 0) == 1); /* of an earlier step */
	CHECK(recvmsg(to, &message, 0) == 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

int main(void)
{
	int fd, pair[2], i;
	FILE *file;

	server[0] = listen_tcp(&port[0]);
	server[1] = listen_tcp(&port[1]);
	listen_to("libc.socket.send.stop", on_send, NULL);
	fd = connect_tcp(port[0]);
	expect("connect", fd, port[0]);
	file = fdopen(fd, "r+");
	CHECK(file && fclose(file) == 0);
	connect_as(fd, 1);
	expect("fclose and connect", fd, port[1]);
	CHECK(close_range((unsigned int)fd, (unsigned int)fd, 0) == 0);
	connect_as(fd, 0);
	expect("close_range and connect", fd, port[0]);
	connect_as(fd, 1);
	expect("dup2 and close of the original", fd, port[1]);
	file_instead(fd);
	connect_as(fd, 0);
	expect("raw close and connect", fd, port[0]);
	CHECK(syscall(SYS_close, fd) == 0);
	pair_of(pair);
	CHECK(pair[0] == fd);
	expect("raw close and socketpair", fd, 0);
	fd = pass_descriptor(pair[0], pair[1], connect_tcp(port[1]));
	expect("descriptor by message", fd, port[1]);
	for (i = 0; i < STEPS; i++) {
		fd = connect_tcp(port[i & 1]);
		port_seen = -1;
		CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == 1);
		CHECK(!shimmed() || port_seen == port[i & 1]);
		if (i % 3 == 0)
			syscall(SYS_close, fd);
		else
			close(fd);
		fd = accept(server[i & 1], NULL, NULL);
		close(fd);
	}
	return hazard_end();
}
