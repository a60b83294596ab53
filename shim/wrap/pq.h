/*
 * pq.h - libpq as we know it, and what the wrappers of its functions share.
 */
#ifndef SHIM_WRAP_PQ_H
#define SHIM_WRAP_PQ_H

#include "wrap/db.h"

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef unsigned int Oid;

/* From libpq-fe.h; numbers of the ABI. */
#define CONNECTION_OK 0
#define PGRES_COMMAND_OK 1
#define PGRES_TUPLES_OK 2
#define PGRES_COPY_OUT 3
#define PGRES_COPY_IN 4
#define PGRES_BAD_RESPONSE 5
#define PGRES_FATAL_ERROR 7
#define PGRES_COPY_BOTH 8
#define PGRES_SINGLE_TUPLE 9
#define PGRES_PIPELINE_SYNC 10
#define PGRES_PIPELINE_ABORTED 11
#define PGRES_TUPLES_CHUNK 12
#define PGRES_POLLING_FAILED 0
#define PGRES_POLLING_OK 3
#define PQ_PIPELINE_OFF 0
#define PG_DIAG_SQLSTATE 'C'

/* The bodies of the wrappers: pq_*.c. */
#define PROVIDER pq
#define PROVIDER_TABLE "wrap/pq.def"
#include "wrap/provider.h"

/* Parts of a connection (struct db_state); those of prepared statements are
 * odd. */
enum pq_part {
	PQ_QUERY = 0,	   /* the query in progress */
	PQ_QUEUE = 2,	   /* numbers of the queries of a pipeline */
	PQ_CONNECTING = 4, /* a connection that is polled for */
	PQ_PIPELINED = 6,  /* and every second one from here on */
};

/* Fields that the connection knows; texts are borrowed from it. */
void pq_describe(const struct pq_next *next, PGconn *conn,
		 struct db_fields *fields);
/* Why there is no connection, and why a query was not sent.  Both take the
 * guard. */
struct telemetry_value pq_no_connection(const struct pq_next *next,
					PGconn *conn);
struct telemetry_value pq_not_sent(const struct pq_next *next, PGconn *conn);
/* SQLSTATE of a failed result, borrowed from it. */
struct telemetry_value pq_state(const struct pq_next *next,
				const PGresult *result, int status);
bool pq_is_failure(int status);
bool pq_is_copy(int status);
/* Rows of a SELECT, or those that a command has changed. */
uint64_t pq_rows(const struct pq_next *next, PGresult *result, int status);
/* Text of a query; remembered for, or by, the name of a prepared one.  All take
 * the guard. */
struct db_text pq_text(const struct pq_next *next, PGconn *conn,
		       const char *query);
uint64_t pq_part_of(const char *name);
void pq_remember(PGconn *conn, uint64_t part, struct db_text text);
struct db_text pq_remembered(PGconn *conn, const char *name);
/* Both under the guard.  Ends a kept query; `read`: its answer was read to the
 * end, so the rows are all counted.  Ends the query in progress, if there is
 * one, which was not read to its end. */
void pq_close(const struct pq_next *next, PGconn *conn, struct db_state *s,
	      bool read);
void pq_close_pending(const struct pq_next *next, PGconn *conn);

#endif
