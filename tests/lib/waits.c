/*
 * waits.c [CALLS] - a host program for tests: makes the same calls on sockets
 * five times, most of which find nothing to do.  With an argument it listens to
 * their events, so that nothing can be worked out once for all of them, and
 * expects that many.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

#define CHECK(x)                                                               \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "%d: %s, errno %d\n", __LINE__, #x,    \
				errno);                                        \
			exit(1);                                               \
		}                                                              \
	} while (0)
#define FAILS(x, error) CHECK((errno = 0, (x) == -1) && errno == (error))
#define KEEPS(x, value)                                                        \
	CHECK((errno = ENOTTY, (x) == (value)) && errno == ENOTTY)

static int local[2], tcp[2], udp[2], looked;

/* config: the operation. */
static int look(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *operation =
		telemetry_get(metadata, "operation");
	const struct telemetry_value *function =
		telemetry_get(metadata, "function");
	const struct telemetry_value *duration =
		telemetry_get(measurements, "duration");

	(void)event;
	looked++;
	return !operation || strcmp(operation->as.string, config) != 0 ||
	       !function || !duration || !telemetry_get(metadata, "span_id");
}

static void listen_to(const char *event, const char *operation)
{
	CHECK(!telemetry_attach(event, event, look, (void *)operation));
}

static void got_signal(int number)
{
	(void)number;
}

static void open_all(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	int server = socket(AF_INET, SOCK_STREAM, 0), i;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(!bind(server, (void *)&a, size) && !listen(server, 1));
	CHECK(!getsockname(server, (void *)&a, &size));
	tcp[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(!connect(tcp[0], (void *)&a, size));
	tcp[1] = accept(server, NULL, NULL);
	CHECK(tcp[1] >= 0);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, local));
	for (i = 0; i < 2; i++)
		udp[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	a.sin_port = 0;
	CHECK(!bind(udp[1], (void *)&a, sizeof(a)));
}

static void wait_for_all(void)
{
	struct pollfd fds[2] = { { local[0], POLLOUT, 0 },
				 { local[1], POLLOUT, 0 } };
	struct pollfd none = { local[0], POLLIN, 0 };
	struct timespec long_time = { 60, 0 };
	sigset_t open;
	fd_set set;

	KEEPS(poll(fds, 2, -1), 2);
	KEEPS(poll(fds, 1, -1), 1);
	KEEPS(poll(&none, 1, 0), 0);
	KEEPS(poll(&none, 1, 7), 0);
	FD_ZERO(&set);
	FD_SET(local[0], &set);
	KEEPS(select(local[0] + 1, NULL, &set, NULL, NULL), 1);
	sigemptyset(&open);
	raise(SIGUSR1);
	FAILS(ppoll(&none, 1, &long_time, &open), EINTR);
	FAILS(epoll_wait(-1, (void *)fds, 1, 0), EBADF);
}

static void move_bytes(const int *fds)
{
	char bytes[16] = "0123456789";
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	FAILS(recv(fds[1], bytes, 16, MSG_DONTWAIT), EAGAIN);
	KEEPS(send(fds[0], bytes, 10, 0), 10);
	KEEPS(recv(fds[1], bytes, 16, MSG_DONTWAIT), 10);
	FAILS(recv(fds[1], bytes, 16, MSG_DONTWAIT | MSG_PEEK), EAGAIN);
	FAILS(recvfrom(fds[1], bytes, 16, MSG_DONTWAIT, NULL, NULL), EAGAIN);
	FAILS(recvmsg(fds[1], &message, MSG_DONTWAIT), EAGAIN);
	if (fds == tcp)
		FAILS(recv(fds[1], bytes, 16, MSG_OOB), EINVAL);
}

static void move_datagrams(void)
{
	struct sockaddr_in a, from;
	socklen_t size = sizeof(a);
	struct mmsghdr many[2] = { 0 };
	char bytes[16] = "";

	CHECK(!getsockname(udp[1], (void *)&a, &size));
	FAILS(read(udp[1], bytes, 16), EAGAIN);
	KEEPS(sendto(udp[0], bytes, 5, 0, (void *)&a, size), 5);
	KEEPS(recvfrom(udp[1], bytes, 16, 0, (void *)&from, &size), 5);
	FAILS(recvfrom(udp[1], bytes, 16, 0, (void *)&from, &size), EAGAIN);
	FAILS(recvmmsg(udp[1], many, 2, 0, NULL), EAGAIN);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = got_signal };
	sigset_t shut;
	int i;

	if (argc > 1) {
		listen_to("libc.socket.wait.stop", "wait");
		listen_to("libc.socket.send.stop", "send");
		listen_to("libc.socket.recv.stop", "recv");
	}
	sigaction(SIGUSR1, &act, NULL);
	sigemptyset(&shut);
	sigaddset(&shut, SIGUSR1);
	sigprocmask(SIG_BLOCK, &shut, NULL);
	open_all();
	for (i = 0; i < 5; i++) {
		wait_for_all();
		move_bytes(local);
		move_bytes(tcp);
		move_datagrams();
	}
	/* One that fails is not called again. */
	CHECK(argc == 1 || looked == atoi(argv[1]));
	return 0;
}
