/*
 * H34, H40: what is added to the number of open connections is taken off again
 * once, whichever way they end: close, fclose, dup2 onto, close_range, shutdown
 * and close, a refused or interrupted connect, disconnecting, a close in a
 * signal handler inside another call, in a child of vfork, and by cancellation.
 *
 * Technique: a descriptor that counts is marked, and whoever takes the mark
 * owes the event; where no event is possible the next one pays.
 *
 * modes: record
 */
#include "hazard_net.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static long open_connections;

static int on_change(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *v = telemetry_get(m, "connections");

	(void)event;
	(void)metadata;
	(void)config;
	if (v)
		open_connections += v->as.i64;
	return 0;
}

static void expect(const char *what, long number)
{
	if (shimmed() && open_connections != number) {
		errno = (int)open_connections;
		hazard_failed(__FILE__, __LINE__, what);
	}
	printf("%s\n", what);
}

static int listening, port, victim = -1;

/* One connection, of which the server's end stays in the queue. */
static int connection(void)
{
	int fd = connect_tcp(port);

	expect("connected", 1);
	return fd;
}

static void close_victim(int number)
{
	(void)number;
	close(victim);
}

/* The handler comes in the middle of our own work. */
static int interrupting(const char *event, const struct telemetry_fields *m,
			const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)m;
	(void)metadata;
	(void)config;
	if (victim >= 0) {
		raise(SIGUSR1);
		victim = -1;
	}
	return 0;
}

static void in_a_handler(void)
{
	int pair[2];

	pair_of(pair);
	victim = connection();
	listen_to("libc.socket.send.stop", interrupting, NULL);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	if (!shimmed())
		close(victim);
	victim = -1;
	close(connect_tcp(port)); /* pays what is owed */
	expect("closed in a handler", 0);
	close(pair[0]);
	close(pair[1]);
}

static void in_vfork(void)
{
	int fd = connection(), status;
	pid_t child = vfork();

	if (child == 0) {
		dup2(fd, 60);
		close(fd);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	expect("closed in a child of vfork", 1);
	close(fd);
	expect("closed by the parent", 0);
}

static void *closes_cancelled(void *arg)
{
	pthread_cancel(pthread_self());
	close(*(int *)arg);
	return arg;
}

static void cancelled(void)
{
	pthread_t thread;
	int fd = connection();

	CHECK(!pthread_create(&thread, NULL, closes_cancelled, &fd));
	CHECK(!pthread_join(thread, NULL));
	CHECK(fcntl(fd, F_GETFD) >= 0);
	expect("cancelled in close", 1);
	close(fd);
	expect("closed after that", 0);
}

static void refused(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(in);
	int other = socket(AF_INET, SOCK_STREAM, 0);

	/* Bound and not listening: refuses. */
	CHECK(bind(other, (void *)&in, size) == 0);
	CHECK(getsockname(other, (void *)&in, &size) == 0);
	CHECK(connect(fd, (void *)&in, size) == -1);
	close(fd);
	expect("refused", 0);
	in.sin_family = AF_UNSPEC;
	fd = connection();
	CHECK(connect(fd, (void *)&in, size) == 0);
	expect("disconnected", 0);
	close(fd);
	close(other);
	expect("and closed", 0);
}

int main(void)
{
	int fd;

	listening = listen_tcp(&port);
	listen_to("libc.socket.connect.stop", on_change, NULL);
	listen_to("libc.socket.accept.stop", on_change, NULL);
	listen_to("libc.socket.close.stop", on_change, NULL);
	signal(SIGUSR1, close_victim);
	close(connection());
	expect("close", 0);
	CHECK(fclose(fdopen(connection(), "r+")) == 0);
	expect("fclose", 0);
	fd = connection();
	CHECK(dup2(-1, fd) == -1);
	expect("dup2 of nothing", 1);
	CHECK(dup2(listening, fd) == fd);
	expect("dup2 onto", 0);
	close(fd);
	fd = connection();
	shutdown(fd, SHUT_RDWR);
	CHECK(close_range((unsigned int)fd, (unsigned int)fd, 0) == 0);
	expect("close_range", 0);
	refused();
	in_vfork();
	cancelled();
	in_a_handler();
	close(listening);
	return hazard_end();
}
