/*
 * paths.c PATH COUNT - goes the way of one call COUNT times, so that its
 * instructions can be counted (tests/slow/instructions.sh).  The first hundred
 * are not told apart from the others: the difference of two counts is.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

static int pair[2];
static sqlite3_stmt *statement;

static int look(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	(void)config;
	return 0;
}

static void heap(void)
{
	void *volatile block = malloc(48);

	free(block);
}

static void sockets(void)
{
	char bytes[64] = { 0 };

	if (send(pair[0], bytes, sizeof(bytes), 0) != sizeof(bytes) ||
	    recv(pair[1], bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
}

static void busy(void)
{
	char byte;

	if (recv(pair[0], &byte, 1, MSG_DONTWAIT) >= 0)
		exit(1);
}

static void failure(void)
{
	char byte;

	if (recv(pair[0], &byte, 1, MSG_OOB) >= 0)
		exit(1);
}

static void waiting(void)
{
	struct pollfd fd = { .fd = pair[0], .events = POLLOUT };

	if (poll(&fd, 1, -1) != 1)
		exit(1);
}

static void execute(void)
{
	struct telemetry_field m[] = { telemetry_i64("amount", 5) };
	struct telemetry_field d[] = { telemetry_str("kind", "book") };

	telemetry_execute("shop.order", m, 1, d, 1);
}

static void span(void)
{
	struct telemetry_span s;

	telemetry_span_begin(&s, "shop.checkout", NULL, 0);
	telemetry_span_end(&s, NULL, 0, NULL, 0);
}

static void query(void)
{
	if (sqlite3_step(statement) != SQLITE_ROW ||
	    sqlite3_reset(statement) != SQLITE_OK)
		exit(1);
}

static void attach(const char *id)
{
	if (telemetry_attach(id, "shop.order", look, NULL) != 0)
		exit(1);
}

static void connect_pair(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&a, size) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &size) ||
	    connect(pair[0], (struct sockaddr *)&a, size) ||
	    (pair[1] = accept(listener, NULL, NULL)) < 0 ||
	    setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		exit(1);
}

static void prepare(const char *path)
{
	char id[] = "a";
	sqlite3 *db;

	if (!strcmp(path, "tcp"))
		connect_pair();
	else if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		exit(1);
	if (!strcmp(path, "execute-1"))
		attach(id);
	for (; !strcmp(path, "execute-8") && id[0] < 'a' + 8; id[0]++)
		attach(id);
	if (!strcmp(path, "query") &&
	    (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	     sqlite3_prepare_v2(db, "SELECT 1", -1, &statement, NULL) !=
		     SQLITE_OK))
		exit(1);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*go)(void);
	} paths[] = {
		{ "heap", heap },	  { "socket", sockets },
		{ "tcp", sockets },	  { "busy", busy },
		{ "failure", failure },	  { "wait", waiting },
		{ "execute", execute },	  { "execute-1", execute },
		{ "execute-8", execute }, { "span", span },
		{ "query", query },
	};
	size_t i;
	long n;

	if (argc != 3)
		return 2;
	prepare(argv[1]);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(paths[i].name, argv[1]) != 0)
			continue;
		for (n = atol(argv[2]); n > 0; n--)
			paths[i].go();
		return 0;
	}
	return 2;
}
