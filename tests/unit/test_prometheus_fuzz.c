/* test_prometheus_fuzz.c - requests that somebody has garbled: no answer is
 * owed to them, but to the next good one.  With SAN=address it is worth more. */
#include "snapshot_fixture.h"

#define ROUNDS 1500

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t chance(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
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
};

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

static void send_one(int fd, const char *text, size_t length)
{
	size_t part = chance(2) ? length : chance(length + 1);

	send(fd, text, part, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn(0);
	send(fd, text + part, length - part, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (chance(4) == 0)
		shutdown(fd, SHUT_WR);
	turn(0);
	turn(0);
}

TEST(X61_garbled_requests)
{
	static char text[4096], answer[1 << 16];
	int i, fd;

	add_metric(TELEMETRY_COUNTER, "c", "", "");
	add_sample(1, "a", "b", NULL);
	fixture_snapshot = &snapshot;
	server_open("prometheus");
	set("username", "A");
	set("password", "B");
	set("token", "t");
	server_start();
	for (i = 0; i < ROUNDS; i++) {
		const char *seed = seeds[chance(5)];
		size_t length = strlen(seed), times = chance(6);

		memcpy(text, seed, length);
		while (times--)
			length = garble(text, length, sizeof(text));
		fd = dial();
		send_one(fd, text, length);
		if (chance(2))
			(void)!recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		close(fd);
		if (i % 100 == 0)
			CHECK_INT(status_of(request("GET", "/metrics",
						    "Authorization: Bearer "
						    "t\r\n")),
				  200);
	}
	server_close();
}
