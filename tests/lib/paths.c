/*
 * paths.c PATH COUNT - goes the way of one call COUNT times, so that its
 * instructions can be counted (tests/slow/instructions.sh).  The first hundred
 * are not told apart from the others: the difference of two counts is.
 */
#define _GNU_SOURCE
#include "operations.h"

#include <poll.h>
#include <string.h>

static int pair[2];
static sqlite3_stmt *statement;

static void heap(void)
{
	void *volatile block = malloc(48);

	free(block);
}

static void sockets(void)
{
	exchange(pair[0], pair[1]);
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
	pass_span("shop.checkout");
}

static void query(void)
{
	run_query(statement);
}

static void prepare(const char *path)
{
	if (!strcmp(path, "tcp"))
		tcp_pair(pair);
	else
		unix_pair(pair);
	if (!strcmp(path, "execute-1"))
		attach_looks("shop.order", 1);
	if (!strcmp(path, "execute-8"))
		attach_looks("shop.order", 8);
	if (!strcmp(path, "query"))
		statement = prepare_query();
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
