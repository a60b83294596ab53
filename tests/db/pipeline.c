/*
 * pipeline.c - a client for postgres.sh: every way of libpq to run a statement
 * that psql does not use.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static PGconn *c;

static void show(const char *what, PGresult *result)
{
	printf("%s %s %d\n", what,
	       result ? PQresStatus(PQresultStatus(result)) : "none",
	       result ? PQntuples(result) : -1);
	PQclear(result);
}

static void drain(const char *what)
{
	PGresult *result;

	while ((result = PQgetResult(c)))
		show(what, result);
}

static PGconn *start(const char *info)
{
	PGconn *conn = PQconnectStart(info);
	int status;

	do {
		struct pollfd p = { .fd = PQsocket(conn) };

		status = PQconnectPoll(conn);
		p.events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (status != PGRES_POLLING_OK &&
		    status != PGRES_POLLING_FAILED)
			poll(&p, 1, 10000);
	} while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED);
	return conn;
}

static void prepared(void)
{
	const char *seven[] = { "7" };

	show("prepare", PQprepare(c, "a", "SELECT $1::int + 41", 1, NULL));
	show("again", PQprepare(c, "a", "SELECT 'CANARY'", 1, NULL));
	show("exec", PQexecPrepared(c, "a", 1, seven, NULL, NULL, 0));
	PQsendPrepare(c, "b", "SELECT generate_series(1, $1::int)", 1, NULL);
	drain("send prepare");
	PQsendQueryPrepared(c, "b", 1, seven, NULL, NULL, 0);
	PQsetSingleRowMode(c);
	drain("single rows");
	show("absent", PQexecPrepared(c, "none", 0, NULL, NULL, NULL, 0));
}

static void copy(void)
{
	char *line;

	show("copy",
	     PQexec(c, "COPY (SELECT generate_series(1, 5)) TO STDOUT"));
	while (PQgetCopyData(c, &line, 0) > 0)
		PQfreemem(line);
	drain("copied");
}

static void pipeline(void)
{
	static const char *const queries[] = { "SELECT 1", "SELECT 1 / 0",
					       "SELECT 3" };
	int i, synced = 0;

	PQenterPipelineMode(c);
	for (i = 0; i < 3; i++)
		PQsendQueryParams(c, queries[i], 0, NULL, NULL, NULL, NULL, 0);
	PQpipelineSync(c);
	PQsendQueryParams(c, "SELECT 4 FROM generate_series(1, 9)", 0, NULL,
			  NULL, NULL, NULL, 0);
	PQpipelineSync(c);
	while (synced < 2) {
		PGresult *result = PQgetResult(c);

		synced += PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		show("pipeline", result);
	}
	printf("%d\n", PQexitPipelineMode(c));
}

static void abandoned(void)
{
	printf("%d\n", PQsendQuery(c, "SELECT 5"));
	printf("%d\n", PQsendQuery(c, "SELECT 6"));
	show("instead", PQexec(c, "SELECT 7"));
	show("set", PQexec(c, "SET standard_conforming_strings = off"));
	show("set", PQexec(c, "SET escape_string_warning = off"));
	show("backslash", PQexec(c, "SELECT 'a\\'CANARY'"));
	PQsendQuery(c, "SELECT 8");
	PQreset(c);
	printf("%d\n", PQstatus(c));
	PQsendQuery(c, "SELECT 9");
	PQfinish(c);
}

int main(void)
{
	PGconn *bad = start("host=/none/such");

	printf("%d\n", PQstatus(bad));
	PQfinish(bad);
	PQfinish(PQconnectStart(""));
	c = start("");
	printf("%d\n", PQstatus(c));
	show("params", PQexecParams(c, "SELECT $1 || 'CANARY'", 1, NULL,
				    (const char *[]){ "x" }, NULL, NULL, 0));
	prepared();
	copy();
	pipeline();
	abandoned();
	return 0;
}
