/*
 * test_health.c - the health reporter: what it makes of its options, of servers
 * that answer badly or not at all, and to whom it tells what.
 */
#include "snapshot_fixture.h"

static void begin(const char *checks)
{
	fixture_snapshot = &snapshot;
	add_process("/usr/bin/shop", "shop");
	snapshot.time = processes[0].started + 7200500000000u;
	server_open("health");
	if (checks)
		set("checks", checks);
}

static void expect_refused(const char *checks, const char *hint)
{
	const char *expected = NULL;

	CHECK_INT(server->configure(server_self, "checks", checks, &expected),
		  -EINVAL);
	if (!strstr(expected, hint))
		test_fail(__FILE__, __LINE__, "%s: \"%s\" without \"%s\"",
			  checks, expected, hint);
}

TEST(malformed_checks)
{
	static const char form[] = "name=scheme://host[:port]";

	begin(NULL);
	expect_refused("db", form);
	expect_refused("=tcp://a:1", form);
	expect_refused("a b=tcp://a:1", form);
	expect_refused("x=ftp://a", form);
	expect_refused("x=tcp:a:1", form);
	expect_refused("x=tcp://a", form);
	expect_refused("x=tcp://:1", form);
	expect_refused("x=tcp://[::1", form);
	expect_refused("x=tcp://[::1]8", form);
	expect_refused("x=redis+unix:run/r", form);
	expect_refused("x=redis+tls:/run/r", form);
	expect_refused("x=tcp://a:0", "from 1 to 65535");
	expect_refused("x=tcp://a:65536", "from 1 to 65535");
	expect_refused("x=tcp://a:1?timeout=0", "from 1 to 60000 ms");
	expect_refused("x=tcp://a:1?timeout=5s", "from 1 to 60000 ms");
	expect_refused("x=tcp://a:1?tiemout=5", "?timeout=");
	expect_refused("x=tcp://a:1?user", "?timeout=");
	expect_refused("x=tcp://a:1,x=tcp://b:1", "names that differ");
	expect_refused("status=tcp://a:1", "none of status");
	set("checks", "");
	set("checks", " a=tcp://[::1]:8 ,\tb=http://u:p@h/p?timeout=9, "
		      "c=mysql+unix:/run/m?user=x&password=y&database=z");
	server->close(server_self);
}

TEST(S1_18_liveness)
{
	begin(NULL);
	server_start();
	CHECK_STR(body_of(request("GET", "/health", "")),
		  "{\"status\":\"ok\",\"service\":\"shop\",\"processes\":1,"
		  "\"uptime_seconds\":7200}\n");
	CHECK_INT(status_of(request("HEAD", "/health", "")), 200);
	CHECK_INT(status_of(request("GET", "/healthy", "")), 404);
	CHECK_INT(status_of(request("POST", "/health", "")), 405);
	processes[0].live = 0;
	fixture_clock += 2000 * MS;
	CHECK_INT(status_of(request("GET", "/health", "")), 503);
	server_close();
}

TEST(S1_19_readiness_without_checks)
{
	struct telemetry_tag version = { "service.version", "1.2\"3" };

	begin(NULL);
	processes[0].attributes = &version;
	processes[0].attribute_count = 1;
	server_start();
	CHECK_STR(body_of(request("GET", "/health/ready", "")),
		  "{\"status\":\"ready\",\"checks\":{},\"service\":\"shop\","
		  "\"processes\":1,\"uptime_seconds\":7200,"
		  "\"version\":\"1.2\\\"3\"}\n");
	server_close();
}

/* Only the status, where a stranger could ask. */
TEST(S1_20_strangers)
{
	begin(NULL);
	set("token", "secret");
	server_start();
	CHECK_STR(body_of(request("GET", "/health", "")),
		  "{\"status\":\"ok\"}\n");
	CHECK(strstr(
		request("GET", "/health", "Authorization: Bearer secret\r\n"),
		"shop"));
	CHECK(!strstr(request("GET", "/health/ready",
			      "Authorization: Bearer wrong\r\n"),
		      "shop"));
	server_close();
}

TEST(S1_20_beyond_this_machine)
{
	begin(NULL);
	set("address", "0.0.0.0");
	server_start();
	CHECK_STR(body_of(request("GET", "/health", "")),
		  "{\"status\":\"ok\"}\n");
	server_close();
}

/* ---- servers that answer badly -------------------------------------------- */

static int listener;
static char socket_path[64];

static void serve_at(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(socket_path, sizeof(socket_path), "/tmp/health-%s-%d", name,
		 (int)getpid());
	strcpy(un.sun_path, socket_path);
	unlink(socket_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_INT(bind(listener, (struct sockaddr *)&un, sizeof(un)), 0);
	CHECK_INT(listen(listener, 4), 0);
}

static char ready_text[4096];

static const char *ready(void)
{
	strcpy(ready_text, body_of(request("GET", "/health/ready", "")));
	return ready_text;
}

/* Runs a check against a server that says `answer` (of `size` bytes; closes
 * behind it if `ends`), and returns the word for it. */
static const char *probe(const char *scheme, const char *answer, size_t size,
			 bool ends)
{
	static char word[128];
	char checks[256], *from;
	int i, fd = -1;

	serve_at(scheme);
	snprintf(checks, sizeof(checks), "x=%s+unix:%s?timeout=200", scheme,
		 socket_path);
	snapshot.process_count = 0;
	begin(checks);
	server_start();
	for (i = 0; i < 50 && fd < 0; i++) {
		turn(1);
		fd = accept(listener, NULL, NULL);
	}
	CHECK(fd >= 0);
	turns(3);
	if (size)
		CHECK_INT(send(fd, answer, size, MSG_NOSIGNAL), size);
	turns(3);
	if (ends)
		close(fd);
	turns(3);
	/* Nothing more comes: the time is over, not before. */
	fixture_clock += 199 * MS;
	turns(2);
	if (!ends && size == 0)
		CHECK(strstr(ready(), "\"x\":\"pending\""));
	fixture_clock += 2 * MS;
	turns(2);
	from = strstr(ready(), "\"x\":\"");
	CHECK(from != NULL);
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(from + 5, "\""),
		 from + 5);
	server_close();
	close(listener);
	unlink(socket_path);
	if (!ends)
		close(fd);
	return word;
}

#define PROBE(scheme, answer) probe(scheme, answer, sizeof(answer) - 1, false)

TEST(S1_22_whatever_a_server_says)
{
	static char flood[8192];

	memset(flood, 'x', sizeof(flood));
	CHECK_STR(probe("redis", "", 0, false), "timeout");
	CHECK_STR(probe("redis", "", 0, true), "closed");
	CHECK_STR(probe("http", flood, 4096, false), "answer too long");
	CHECK_STR(PROBE("http", "HTTP/1.1 204 No Content\r\n"), "connected");
	CHECK_STR(PROBE("http", "HTTP/1.0 302 Found\r\n"), "connected");
	CHECK_STR(PROBE("http", "HTTP/1.1 503 Sorry\r\n"), "HTTP 503");
	CHECK_STR(PROBE("http", "SSH-2.0-x\r\n"), "no HTTP");
	CHECK_STR(PROBE("http", "HTTP/1.1 20"), "timeout");
	CHECK_STR(PROBE("redis", "+PONG\r\n"), "connected");
	CHECK_STR(PROBE("redis", "-NOAUTH Authentication required.\r\n"),
		  "connected");
	CHECK_STR(PROBE("redis", "-LOADING Redis is loading\r\n"), "LOADING");
	CHECK_STR(PROBE("redis", "-\r\n"), "error");
	CHECK_STR(PROBE("redis", "\r\n"), "no Redis");
	CHECK_STR(PROBE("redis", "220 smtp\r\n"), "no Redis");
}

TEST(S1_22_databases)
{
	CHECK_STR(PROBE("postgresql", "R\0\0\0\10\0\0\0\12"), "connected");
	CHECK_STR(PROBE("postgresql", "R\0\0\0\10\0\0\0\0Z\0\0\0\5I"),
		  "connected");
	CHECK_STR(PROBE("postgresql", "R\0\0\0\10\0\0\0\0"), "timeout");
	CHECK_STR(PROBE("postgresql", "E\0\0\0\23SFATAL\0C57P03\0\0"),
		  "SQLSTATE 57P03");
	CHECK_STR(PROBE("postgresql", "E\0\0\0\23SFATAL\0C3D000\0\0"),
		  "connected");
	CHECK_STR(PROBE("postgresql", "E\0\0\0\7C57"), "error");
	CHECK_STR(PROBE("postgresql", "E\377\377\377\377"), "no PostgreSQL");
	CHECK_STR(PROBE("postgresql", "HTTP/1.1 400 \r\n"), "no PostgreSQL");
	CHECK_STR(PROBE("mysql", "\7\0\0\0\377\20\4#0800"), "error 1040");
	CHECK_STR(PROBE("mysql", "\1\0\0\0\11"), "no MySQL");
	CHECK_STR(PROBE("mysql", "\0\0\0\0\12"), "no MySQL");
	CHECK_STR(PROBE("mysql", "\377\377\377\0\12"), "no MySQL");
	CHECK_STR(PROBE("mysql", "\5\0\0\0\0128.0\0"), "timeout");
	CHECK_STR(PROBE("mysql", "\5\0\0\0\0128.0\0\11\0\0\2\377\25\4#28000"),
		  "connected");
	CHECK_STR(PROBE("mysql", "\5\0\0\0\0128.0\0\7\0\0\2\0\0\0\2\0\0\0"),
		  "connected");
}

/* No server at all. */
TEST(S1_21_several)
{
	begin("a=tcp+unix:/nonexistent/socket,b=tcp://127.0.0.1:1");
	server_start();
	turns(3);
	CHECK(strstr(ready(), "\"a\":\"no socket\",\"b\":\"refused\""));
	CHECK(strstr(ready(), "{\"status\":\"not_ready\""));
	server_close();
	serve_at("degraded");
	snapshot.process_count = 0;
	begin(NULL);
	snprintf(ready_text, sizeof(ready_text),
		 "a=tcp+unix:/nonexistent/socket,b=tcp+unix:%s", socket_path);
	set("checks", ready_text);
	server_start();
	turns(3);
	CHECK(strstr(ready(), "{\"status\":\"degraded\""));
	server_close();
	unlink(socket_path);
}
