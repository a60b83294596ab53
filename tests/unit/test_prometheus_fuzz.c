/* test_prometheus_fuzz.c - requests that somebody has garbled: no answer is
 * owed to them, but to the next good one.  With SAN=address it is worth more. */
#include "snapshot_fixture.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

#define ROUNDS 3000
#define WARM 300      /* rounds until it has all the memory that it keeps */
#define PATIENCE 1000 /* turns until a connection must be closed */
#define LATER (76000 * MS) /* every time limit is over */

static uint64_t state;

static uint64_t chance(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* The same each time, unless TEST_SEED says otherwise. */
static void begin_chance(void)
{
	const char *seed = getenv("TEST_SEED");

	state = seed ? strtoull(seed, NULL, 0) : 0x9e3779b97f4a7c15u;
	state += !state;
	printf("# TEST_SEED=0x%llx\n", (unsigned long long)state);
	fflush(stdout);
}

static const char *const seeds[] = {
	"GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-"
	"text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
	"Accept-Encoding: gzip;q=1.0, identity; q=0.5\r\n\r\n",
	"GET /metrics?a=%41&b HTTP/1.0\r\nAuthorization: Basic QTpC\r\n\r\n",
	"HEAD /%2e/metrics HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\n"
	"Connection: keep-alive\r\n\r\nGET /metrics HTTP/1.1\r\nHost: "
	"b\r\n\r\n",
	("POST /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	 "chunked\r\n\r\n"
	 "5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"),
	"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	"Expect: 100-continue\r\n\r\nbody",
	"GET /health/ready HTTP/1.1\r\nHost: a\r\nCookie: a=b; c\r\n\r\n",
};

#define SEEDS (sizeof(seeds) / sizeof(seeds[0]))

static const char *const pieces[] = {
	"\r\n", "\n",	  "\r",
	":",	";",	  ",",
	"\"",	"=",	  "q=",
	"q=9",	"/",	  "*/*",
	"%",	"%00",	  "HTTP/1.1",
	"\t",	"-1",	  "99999999999999999999",
	"\x80", "\xff",	  "Content-Length: 1\r\n",
	"gzip", "Basic ", "chunked",
};

static size_t garble(char *text, size_t length, size_t room)
{
	size_t at = chance(length + 1), size;
	const char *piece = pieces[chance(sizeof(pieces) / sizeof(*pieces))];

	switch (chance(4)) {
	case 0: /* a byte */
		text[chance(length ? length : 1)] = (char)chance(256);
		return length;
	case 1: /* its end */
		return at;
	case 2: /* something more */
		size = strlen(piece);
		if (length + size > room)
			return length;
		memmove(text + at + size, text + at, length - at);
		memcpy(text + at, piece, size);
		return length + size;
	default: /* something less */
		size = chance(length - at + 1);
		memmove(text + at, text + at + size, length - at - size);
		return length - size;
	}
}

/* One, or the beginning of one and the end of another. */
static size_t make(char *text, size_t room)
{
	const char *seed = seeds[chance(SEEDS)], *other = seeds[chance(SEEDS)];
	size_t length = strlen(seed), from, times = chance(6);

	if (chance(4) == 0) {
		length = chance(length + 1);
		from = chance(strlen(other) + 1);
		memcpy(text + length, other + from, strlen(other) - from);
		memcpy(text, seed, length);
		length += strlen(other) - from;
	} else {
		memcpy(text, seed, length);
	}
	while (times--)
		length = garble(text, length, room);
	return length;
}

static char socket_path[64];

static int dial_here(void)
{
	return socket_path[0] ? dial_socket(socket_path) : dial();
}

static bool is_closed(int fd)
{
	static char answer[1 << 16];
	ssize_t n;

	do
		n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	while (n > 0);
	return n == 0 || errno != EAGAIN;
}

/* Answered or not, it is closed, if not at once then when the time is over:
 * libmicrohttpd waits for the rest also of a client that has ended. */
static void send_one(const char *text, size_t length)
{
	size_t part = chance(2) ? length : chance(length + 1);
	int fd = dial_here(), i;

	send(fd, text, part, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn(0);
	send(fd, text + part, length - part, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (chance(8) == 0) { /* The client goes first. */
		close(fd);
		return;
	}
	if (chance(2))
		shutdown(fd, SHUT_WR);
	for (i = 0; i < 4 && !is_closed(fd); i++)
		turn(0);
	if (i == 4)
		fixture_clock += LATER;
	for (i = 0; i < PATIENCE && !is_closed(fd); i++)
		turn(TURN_MS);
	if (i == PATIENCE)
		test_fail(__FILE__, __LINE__, "open after \"%.*s\"",
			  (int)length, text);
	close(fd);
}

static void check_good(const char *path)
{
	char text[256];
	int fd = dial_here();

	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		 "Authorization: Bearer t\r\n\r\n",
		 path);
	say(fd, text);
	CHECK_INT(status_of(hear(fd)), 200);
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	CHECK(dir != NULL);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void garbled(const char *path)
{
	static char text[4096];
	size_t used = 0;
	int fds = 0, i;

	begin_chance();
	for (i = 0; i < ROUNDS + WARM; i++) {
		if (i == WARM) {
			fixture_clock += LATER;
			check_good(path);
			fds = count_descriptors();
			used = mallinfo2().uordblks;
		}
		send_one(text, make(text, sizeof(text)));
		if (i % 8 == 0)
			check_good(path);
	}
	fixture_clock += LATER;
	check_good(path);
	CHECK_INT(count_descriptors(), fds);
	CHECK(mallinfo2().uordblks <= used + 4096);
	server_close();
}

static void begin(const char *name)
{
	add_process("/bin/a", "a");
	add_metric(TELEMETRY_COUNTER, "c", "", "");
	add_sample(1, "a", "b", NULL);
	fixture_snapshot = &snapshot;
	server_open(name);
	set("username", "A");
	set("password", "B");
	set("token", "t");
}

static void begin_at_socket(const char *name)
{
	begin(name);
	snprintf(socket_path, sizeof(socket_path), "/tmp/garbled-%d",
		 (int)getpid());
	set("socket", socket_path);
	server_start();
}

TEST(X61_garbled_requests)
{
	begin("prometheus");
	server_start();
	garbled("/metrics");
}

TEST(X61_garbled_requests_at_a_socket)
{
	begin_at_socket("prometheus");
	garbled("/metrics");
}

TEST(X61_garbled_requests_for_health)
{
	begin_at_socket("health");
	garbled("/health");
}
