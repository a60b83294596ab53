/*
 * ask_reporter.c - a reporter for tests that listens: whoever connects to the
 * UNIX socket TELEMETRY_ASK_SOCKET gets all samples of the group, as dump.h
 * prints them, and the lines "pid <n>", "served <calls of serve>" and
 * "continues <0 or 1>".
 *
 * TELEMETRY_ASK_MODE: "endless" takes what is ready at its 3000th call; "now"
 * wants to be called again at once, always; "errors" looks for a pending error
 * of sockets of its own, by all the numbers that a small program uses.
 */
#define _GNU_SOURCE
#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct ask {
	const struct telemetry_host *host;
	struct sockaddr_un address;
	char mode[16];
	int fd;
	unsigned long served;
};

static int open_ask(const struct telemetry_host *host, void **self)
{
	struct ask *a = calloc(1, sizeof(*a));

	*self = a;
	if (!a)
		return -ENOMEM;
	a->host = host;
	a->fd = -1;
	a->address.sun_family = AF_UNIX;
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct ask *a = self;

	*expected = "a short text";
	if (!strcmp(key, "socket") && strlen(value) < 100)
		strcpy(a->address.sun_path, value);
	else if (!strcmp(key, "mode") && strlen(value) < sizeof(a->mode))
		strcpy(a->mode, value);
	else
		return -ENOENT;
	return 0;
}

/* A socket that nobody listens on is a dead exporter's. */
static int is_taken(const struct ask *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = connect(fd, (const void *)&a->address, sizeof(a->address));

	close(fd);
	return error == 0;
}

static int start(void *self)
{
	struct ask *a = self;

	if (is_taken(a)) {
		a->host->log(a->host->context, 0, "the socket is taken");
		return -EADDRINUSE;
	}
	unlink(a->address.sun_path);
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(a->fd, (const void *)&a->address, sizeof(a->address)) ||
	    listen(a->fd, 64))
		return -errno;
	return 0;
}

static int wait_ask(void *self, struct pollfd *fds, int max, int *timeout_ms)
{
	struct ask *a = self;

	if (!strcmp(a->mode, "now"))
		*timeout_ms = 0;
	(void)max;
	fds[0] = (struct pollfd){ .fd = a->fd, .events = POLLIN };
	return 1;
}

static void look_for_errors(void)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error, fd;
	socklen_t size = sizeof(error);

	for (fd = 0; fd < 64; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || dup2(sock, fd) < 0)
			continue;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		close(fd);
	}
	close(sock);
}

static void answer(struct ask *a, int fd)
{
	const struct telemetry_snapshot *s =
		a->host->snapshot(a->host->context);
	FILE *out = fdopen(fd, "w");

	if (!out) {
		close(fd);
		return;
	}
	if (s)
		dump_snapshot(out, s);
	fprintf(out, "pid %d\nserved %lu\ncontinues %u\n", getpid(), a->served,
		s ? s->continues : 9);
	fclose(out);
}

static void serve(void *self, const struct pollfd *fds, int count)
{
	struct ask *a = self;
	int fd;

	a->served++;
	if (count != 1 || !fds[0].revents)
		return;
	if (!strcmp(a->mode, "endless") && a->served % 3000)
		return;
	fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (!strcmp(a->mode, "errors"))
		look_for_errors();
	answer(a, fd);
}

static void close_ask(void *self)
{
	struct ask *a = self;

	if (a->fd >= 0)
		close(a->fd);
	free(a);
}

TELEMETRY_REPORTER(.name = "ask",
		   .help = "SOCKET  a path\nMODE    endless, now, errors\n",
		   .open = open_ask, .configure = configure, .start = start,
		   .close = close_ask, .wait = wait_ask, .serve = serve, );
