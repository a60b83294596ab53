/*
 * operations.h - what programs that do one thing again and again need for it:
 * slow/instructions.sh and the rows of tests/bench.
 */
#ifndef TESTS_LIB_OPERATIONS_H
#define TESTS_LIB_OPERATIONS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A handler that does nothing. */
static int look(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	(void)config;
	return 0;
}

/* As many of them as asked for. */
static void attach_looks(const char *event, int count)
{
	char id[] = "a";

	for (; id[0] < 'a' + count; id[0]++)
		if (telemetry_attach(id, event, look, NULL) != 0)
			die("telemetry_attach");
}

static void unix_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
}

/* Over loopback. */
static void tcp_pair(int pair[2])
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
		die("TCP over loopback");
	close(listener);
}

/* 64 bytes from the one to the other. */
static void exchange(int from, int to)
{
	char bytes[64] = { 0 };

	if (send(from, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
	    recv(to, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
		die("send or recv");
}

static sqlite3_stmt *prepare_query(void)
{
	sqlite3_stmt *statement;
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT 1", -1, &statement, NULL) !=
		    SQLITE_OK)
		die("sqlite3");
	return statement;
}

static void run_query(sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_ROW ||
	    sqlite3_reset(statement) != SQLITE_OK)
		die("sqlite3_step");
}

/* A span that has no fields. */
static void pass_span(const char *name)
{
	struct telemetry_span s;

	telemetry_span_begin(&s, name, NULL, 0);
	telemetry_span_end(&s, NULL, 0, NULL, 0);
}

#endif
