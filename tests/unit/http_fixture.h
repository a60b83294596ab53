/*
 * http_fixture.h - a reporter that listens, its loop, and a client of it in one
 * thread.
 */
#ifndef TESTS_UNIT_HTTP_FIXTURE_H
#define TESTS_UNIT_HTTP_FIXTURE_H

#include "reporter_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MS 1000000ull
#define TURN_MS 10

static const struct telemetry_reporter *server;
static void *server_self;

static char fixture_port_file[64];

/* Also with options before: set() does the rest of them. */
static inline void server_open(const char *name)
{
	server = fixture_load(name);
	server_self = fixture_open(server);
	CHECK_INT(fixture_set(server, server_self, "port", "0"), 0);
	snprintf(fixture_port_file, sizeof(fixture_port_file), "/tmp/port-%d",
		 (int)getpid());
	/* Of a process that had this number before us and was killed. */
	unlink(fixture_port_file);
	CHECK_INT(fixture_set(server, server_self, "port_file",
			      fixture_port_file),
		  0);
}

static inline void set(const char *key, const char *value)
{
	CHECK_INT(fixture_set(server, server_self, key, value), 0);
}

/* One turn of the loop, as the exporter does it: called only when something is
 * ready, or when the time has come that it asked for.  How many descriptors it
 * waits for. */
static inline int turn(int limit_ms)
{
	struct pollfd fds[4];
	int timeout = -1, wait_ms = limit_ms;
	int count = server->wait(server_self, fds, 4, &timeout);

	if (timeout >= 0 && timeout < limit_ms)
		wait_ms = timeout;
	if (poll(fds, (nfds_t)count, wait_ms) > 0 ||
	    (timeout >= 0 && timeout <= limit_ms))
		server->serve(server_self, fds, count);
	return count;
}

static inline void turns(int count)
{
	while (count-- > 0)
		turn(TURN_MS);
}

static inline unsigned int server_port(void)
{
	char text[16] = "";
	int fd = open(fixture_port_file, O_RDONLY);

	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return (unsigned int)atoi(text);
}

static inline void server_start(void)
{
	CHECK_INT(server->start(server_self), 0);
	CHECK_INT(turn(0), 1);
}

static inline void server_close(void)
{
	server->close(server_self);
	CHECK(access(fixture_port_file, F_OK) < 0);
}

/* The client's side. */
static inline void dial_with(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_port = htons((uint16_t)server_port());
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

static inline int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	dial_with(fd);
	return fd;
}

/* A server that was given the option `socket`.  Unlike TCP's, the buffers of
 * such a connection do not grow, and what one side sends is there for the other
 * at once, however busy the machine is. */
static inline int dial_socket(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(strlen(path) < sizeof(to.sun_path));
	strcpy(to.sun_path, path);
	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static inline void say(int fd, const char *text)
{
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static char heard_text[1 << 22];
static int hear_patience = 500; /* turns without a byte */

/* All that comes until the server closes, or stops for want of more. */
static inline char *hear(int fd)
{
	size_t length = 0;
	int idle = 0;

	while (idle < hear_patience) {
		ssize_t n = recv(fd, heard_text + length,
				 sizeof(heard_text) - 1 - length, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		idle = n > 0 ? 0 : idle + 1;
		length += n > 0 ? (size_t)n : 0;
		if (n < 0)
			turn(TURN_MS);
	}
	heard_text[length] = '\0';
	close(fd);
	return heard_text;
}

/* An answer, head and body. */
static inline char *request(const char *method, const char *path,
			    const char *headers)
{
	char text[4096];
	int fd = dial();

	snprintf(text, sizeof(text),
		 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
		 method, path, headers);
	say(fd, text);
	return hear(fd);
}

static inline int status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) ? -1 : atoi(answer + 9);
}

static inline char *body_of(char *answer)
{
	char *end = strstr(answer, "\r\n\r\n");

	CHECK(end != NULL);
	return end + 4;
}

static inline void check_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		test_fail(__FILE__, __LINE__, "no \"%s\" in:\n%s", part, text);
}

static inline void check_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		test_fail(__FILE__, __LINE__, "\"%s\" is in:\n%s", part, text);
}

#endif
