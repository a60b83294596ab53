/*
 * H34: bytes are what was moved: a peek counts nothing, MSG_TRUNC no more than
 * the buffer holds, a partial write only its part.  So are messages: of those
 * asked for, those that there were.
 *
 * Technique: fields are taken from the result, after the call, never from the
 * arguments.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/uio.h>

struct moved {
	unsigned long bytes, messages;
};

static struct moved sent, received;
static unsigned long calls;

static int add_moved(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *bytes = telemetry_get(m, "bytes");
	const struct telemetry_value *messages = telemetry_get(m, "messages");
	struct moved *moved = config;

	(void)event;
	(void)metadata;
	calls++;
	if (bytes)
		moved->bytes += bytes->as.u64;
	if (messages)
		moved->messages += messages->as.u64;
	return 0;
}

static bool is(struct moved seen, struct moved expected)
{
	return seen.bytes == expected.bytes &&
	       seen.messages == expected.messages;
}

static void expect(const char *what, struct moved out, struct moved in)
{
	printf("%s: %lu and %lu bytes, %lu and %lu messages\n", what, out.bytes,
	       in.bytes, out.messages, in.messages);
	if (shimmed() && !(is(sent, out) && is(received, in))) {
		printf("seen: %lu and %lu, %lu and %lu\n", sent.bytes,
		       received.bytes, sent.messages, received.messages);
		fflush(stdout);
		hazard_failed(__FILE__, __LINE__, what);
	}
	sent = received = (struct moved){ 0 };
}

#define BYTES(b, m)                                                            \
	(struct moved)                                                         \
	{                                                                      \
		(b), (m)                                                       \
	}
#define NOTHING BYTES(0, 0)

static void datagrams(void)
{
	char text[100] = "";
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK(send(pair[0], text, 50, 0) == 50);
	CHECK(recv(pair[1], text, 10, MSG_PEEK) == 10);
	CHECK(recv(pair[1], text, 10, MSG_PEEK | MSG_TRUNC) == 50);
	expect("peek", BYTES(50, 1), NOTHING);
	CHECK(recv(pair[1], text, 10, MSG_TRUNC) == 50);
	expect("truncated", NOTHING, BYTES(10, 1));
	close(pair[0]);
	close(pair[1]);
}

static void partial(void)
{
	static char big[1 << 20];
	int pair[2];
	struct moved out = NOTHING, in = NOTHING;
	ssize_t n;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	for (; (n = write(pair[0], big, sizeof(big))) > 0; out.messages++)
		out.bytes += (unsigned long)n;
	for (; (n = read(pair[1], big, 5000)) > 0; in.messages++)
		in.bytes += (unsigned long)n;
	CHECK(out.bytes == in.bytes && in.messages > 0);
	expect("partial", out, in);
	close(pair[0]);
	close(pair[1]);
}

static void vectors(void)
{
	char a[10] = "", b[20] = "";
	struct iovec iov[2] = { { a, 10 }, { b, 20 } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	struct mmsghdr many[4] = { { .msg_hdr = message },
				   { .msg_hdr = message },
				   { .msg_hdr = message },
				   { .msg_hdr = message } };
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(writev(pair[0], iov, 2) == 30);
	CHECK(readv(pair[1], iov, 2) == 30);
	expect("vectors", BYTES(30, 1), BYTES(30, 1));
	CHECK(sendmsg(pair[0], &message, 0) == 30);
	CHECK(recvmsg(pair[1], &message, 0) == 30);
	expect("messages", BYTES(30, 1), BYTES(30, 1));
	CHECK(sendmmsg(pair[0], many, 3, 0) == 3);
	CHECK(recvmmsg(pair[1], many, 2, MSG_PEEK, NULL) > 0);
	expect("many messages", BYTES(90, 3), NOTHING);
	CHECK(recvmmsg(pair[1], many, 4, MSG_DONTWAIT, NULL) == 3);
	expect("some of many", NOTHING, BYTES(90, 3));
	CHECK(recvmmsg(pair[1], many, 4, MSG_DONTWAIT, NULL) < 0);
	expect("none of many", NOTHING, NOTHING);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	int pipes[2];
	char text[10];

	listen_to("libc.socket.send.stop", add_moved, &sent);
	listen_to("libc.socket.recv.stop", add_moved, &received);
	datagrams();
	partial();
	vectors();
	CHECK(pipe(pipes) == 0);
	CHECK(write(pipes[1], "no socket", 9) == 9);
	CHECK(read(pipes[0], text, 9) == 9);
	expect("pipe", NOTHING, NOTHING);
	CHECK(!shimmed() || calls > 10);
	return hazard_end();
}
