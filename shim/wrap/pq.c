/*
 * pq.c - libpq: what its connections and results say, and the table of its
 * functions.
 */
#include "wrap/pq.h"

#include "base/buf.h"
#include "base/hash.h"
#include "wrap/sql.h"

#include <string.h>

void pq_describe(const struct pq_next *next, PGconn *conn, struct db_fields *f)
{
	const char *port;

	f->system = &SYM_postgresql;
	if (!conn)
		return;
	f->namespace = next->PQdb(conn);
	f->address = next->PQhost(conn);
	port = next->PQport(conn);
	if (port)
		parse_u64(port, strlen(port), &f->port);
}

/* libpq knows no code for it, so its message has to do, where it is English. */
static const char *reason_of(const char *message)
{
	static const char *const reasons[][2] = {
		{ "Connection refused", "connection_refused" },
		{ "timeout expired", "timed_out" },
		{ "timed out", "timed_out" },
		{ "could not translate host name", "host_not_found" },
		{ "Network is unreachable", "network_unreachable" },
		{ "No route to host", "host_unreachable" },
		{ "Permission denied", "access_denied" },
		{ "No such file or directory", "not_listening" },
		{ "authentication failed", "authentication_failed" },
	};
	size_t i;

	for (i = 0; message && i < ARRAY_SIZE(reasons); i++)
		if (strstr(message, reasons[i][0]))
			return reasons[i][1];
	return NULL;
}

static struct telemetry_value failure(const char *reason)
{
	const struct symbol *symbol = NULL;
	struct thread *t = &thread_self;

	if (reason && thread_claim(t)) {
		symbol = key_symbol(reason);
		thread_release(t);
	}
	return db_reason(symbol ? symbol : &SYM_connection);
}

struct telemetry_value pq_no_connection(const struct pq_next *next,
					PGconn *conn)
{
	return failure(conn ? reason_of(next->PQerrorMessage(conn)) : NULL);
}

/* On a connection that is fine it is the program's mistake: another command is
 * in progress, say. */
struct telemetry_value pq_not_sent(const struct pq_next *next, PGconn *conn)
{
	if (conn && next->PQstatus(conn) == CONNECTION_OK)
		return failure("not_sent");
	return pq_no_connection(next, conn);
}

struct telemetry_value pq_state(const struct pq_next *next,
				const PGresult *result, int status)
{
	const char *state = next->PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (!state || !*state)
		state = status == PGRES_PIPELINE_ABORTED ? "pipeline_aborted"
							 : "connection";
	return field_text(&SYM_reason, state, strlen(state)).value;
}

bool pq_is_failure(int status)
{
	return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE ||
	       status == PGRES_PIPELINE_ABORTED;
}

bool pq_is_copy(int status)
{
	return status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
	       status == PGRES_COPY_BOTH;
}

uint64_t pq_rows(const struct pq_next *next, PGresult *result, int status)
{
	uint64_t rows = 0;
	const char *changed;

	if (status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE ||
	    status == PGRES_TUPLES_CHUNK)
		return (uint64_t)next->PQntuples(result);
	if (status == PGRES_COMMAND_OK) {
		changed = next->PQcmdTuples(result);
		if (changed)
			parse_u64(changed, strlen(changed), &rows);
	}
	return rows;
}

struct db_text pq_text(const struct pq_next *next, PGconn *conn,
		       const char *query)
{
	struct thread *t = &thread_self;
	struct db_text text = { 0 };
	unsigned int dialect = SQL_POSTGRESQL;
	const char *standard;

	if (!query)
		return text;
	/* What a backslash means in a string is a setting, which the server
	 * reports. */
	standard = conn ? next->PQparameterStatus(conn, "standard_conforming_"
							"strings")
			: NULL;
	if (standard && strcmp(standard, "off") == 0)
		dialect |= SQL_BACKSLASH;
	if (thread_claim(t)) {
		text = db_text(query, strlen(query), dialect);
		thread_release(t);
	}
	return text;
}

uint64_t pq_part_of(const char *name)
{
	return name ? hash_text(name, strlen(name)) | 1 : 1;
}

void pq_remember(PGconn *conn, uint64_t part, struct db_text text)
{
	struct db_state state = { .object = conn, .part = part, .text = text };
	struct thread *t = &thread_self;

	if (conn && thread_claim(t)) {
		db_put(&state, NULL);
		thread_release(t);
	}
}

struct db_text pq_remembered(PGconn *conn, const char *name)
{
	struct db_state state = { 0 };
	struct thread *t = &thread_self;

	if (thread_claim(t)) {
		db_find(conn, pq_part_of(name), &state);
		thread_release(t);
	}
	return state.text;
}

#define PROVIDER_LIBRARY LIBRARY_PQ
#include "wrap/provider_rows.h"

const struct redirect_library redirect_pq = {
	.family = FAMILY_DB,
	.name = "libpq",
	.key = "PQexec",
	PROVIDER_TABLES,
};
