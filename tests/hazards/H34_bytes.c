/*
 * H34: bytes are what was moved: a peek counts nothing, MSG_TRUNC no more than
 * the buffer holds, a partial write only its part.
 *
 * Technique: fields are taken from the result, after the call, never from the
 * arguments.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/uio.h>

static unsigned long sent, received, calls;

static int add_bytes(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *bytes = telemetry_get(m, "bytes");

	(void)event;
	(void)metadata;
	calls++;
	if (bytes)
		*(unsigned long *)config += bytes->as.u64;
	return 0;
}

static void expect(const char *what, unsigned long out, unsigned long in)
{
	printf("%s: %lu and %lu bytes\n", what, out, in);
	if (shimmed() && (sent != out || received != in)) {
		printf("seen: %lu and %lu\n", sent, received);
		fflush(stdout);
		hazard_failed(__FILE__, __LINE__, what);
	}
	sent = received = 0;
}

static void datagrams(void)
{
	char text[100] = "";
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK(send(pair[0], text, 50, 0) == 50);
	CHECK(recv(pair[1], text, 10, MSG_PEEK) == 10);
	CHECK(recv(pair[1], text, 10, MSG_PEEK | MSG_TRUNC) == 50);
	expect("peek", 50, 0);
	CHECK(recv(pair[1], text, 10, MSG_TRUNC) == 50);
	expect("truncated", 0, 10);
	close(pair[0]);
	close(pair[1]);
}

static void partial(void)
{
	static char big[1 << 20];
	int pair[2];
	unsigned long out = 0, in = 0;
	ssize_t n;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	while ((n = write(pair[0], big, sizeof(big))) > 0)
		out += (unsigned long)n;
	while ((n = read(pair[1], big, 5000)) > 0)
		in += (unsigned long)n;
	CHECK(out == in && out > 0);
	expect("partial", out, in);
	close(pair[0]);
	close(pair[1]);
}

static void vectors(void)
{
	char a[10] = "", b[20] = "";
	struct iovec iov[2] = { { a, 10 }, { b, 20 } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	struct mmsghdr many[2] = { { .msg_hdr = message },
				   { .msg_hdr = message } };
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(writev(pair[0], iov, 2) == 30);
	CHECK(readv(pair[1], iov, 2) == 30);
	expect("vectors", 30, 30);
	CHECK(sendmsg(pair[0], &message, 0) == 30);
	CHECK(recvmsg(pair[1], &message, 0) == 30);
	expect("messages", 30, 30);
	CHECK(sendmmsg(pair[0], many, 2, 0) == 2);
	CHECK(recvmmsg(pair[1], many, 2, 0, NULL) == 2);
	expect("many messages", 60, 60);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	int pipes[2];
	char text[10];

	listen_to("libc.socket.send.stop", add_bytes, &sent);
	listen_to("libc.socket.recv.stop", add_bytes, &received);
	datagrams();
	partial();
	vectors();
	CHECK(pipe(pipes) == 0);
	CHECK(write(pipes[1], "no socket", 9) == 9);
	CHECK(read(pipes[0], text, 9) == 9);
	expect("pipe", 0, 0);
	CHECK(!shimmed() || calls > 10);
	return hazard_end();
}
