/*
 * hazard_net.h - sockets for the host programs of tests/hazards/.  Ports are
 * whatever the kernel gives.
 */
#ifndef TESTS_LIB_HAZARD_NET_H
#define TESTS_LIB_HAZARD_NET_H

#include "hazard.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A TCP listener on loopback; *port is in host order. */
__attribute__((unused)) static int listen_tcp(int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0);
	CHECK(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
	CHECK(listen(fd, 64) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&in, &size) == 0);
	*port = ntohs(in.sin_port);
	return fd;
}

__attribute__((unused)) static int connect_tcp(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)port);
	CHECK(fd >= 0);
	CHECK(connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
	return fd;
}

/* The socket file lies in the working directory of the run. */
__attribute__((unused)) static int connect_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int saved;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

__attribute__((unused)) static int listen_unix(const char *path, int backlog)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	CHECK(fd >= 0);
	CHECK(bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	CHECK(listen(fd, backlog) == 0);
	return fd;
}

__attribute__((unused)) static void pair_of(int pair[2])
{
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
}

/* Is this thread of the process asleep in the kernel?  State of its stat. */
__attribute__((unused)) static bool is_asleep(pid_t tid)
{
	char path[64], text[512], *end;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	n = syscall(SYS_read, fd, text, sizeof(text) - 1);
	syscall(SYS_close, fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end && end[1] && end[2] == 'S';
}

/* Works until the shim has started its thread (reporter runs), as a daemon in
 * its loop would: many short waits. */
__attribute__((unused)) static void wait_for_reporter(void)
{
	time_t end = hazard_seconds() + PATIENCE_S;

	if (!is_mode("events"))
		return;
	while (count_threads(true) == 0) {
		CHECK(hazard_seconds() < end);
		poll(NULL, 0, 5);
	}
}

#endif
