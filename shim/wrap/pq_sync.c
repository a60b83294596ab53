/*
 * pq_sync.c - libpq: db.query, of calls that wait for the answer.
 */
#include "wrap/pq.h"

/* A COPY goes on after the call that began it: it ends as a query that was only
 * sent does (pq_async.c). */
static void keep_copy(const struct pq_next *next, struct wrap_call *call,
		      PGconn *conn, struct db_text text)
{
	struct db_state state = {
		.object = conn,
		.part = PQ_QUERY,
		.text = text,
		.function = call->site->function,
		.operation = &SYM_COPY,
	};
	struct thread *t = &thread_self;

	if (thread_claim(t)) {
		db_keep(call, &state.span);
		if (!db_put(&state, NULL))
			pq_close(next, conn, &state, false);
		thread_release(t);
	}
	errno = call->exit_errno;
}

/* The call throws away what is left of a query before it. */
static void close_pending(const struct pq_next *next, PGconn *conn)
{
	struct thread *t = &thread_self;

	if (conn && thread_claim(t)) {
		pq_close_pending(next, conn);
		thread_release(t);
	}
}

/* True if it succeeded. */
static bool finished(const struct pq_next *next, struct wrap_call *call,
		     PGconn *conn, PGresult *result, struct db_text text,
		     const struct symbol *operation)
{
	int status = result ? next->PQresultStatus(result) : PGRES_FATAL_ERROR;
	struct db_fields f = {
		.function = call->site->function,
		.operation = operation,
		.text = text,
	};

	close_pending(next, conn);
	if (pq_is_copy(status)) {
		keep_copy(next, call, conn, text);
		return true;
	}
	pq_describe(next, conn, &f);
	if (pq_is_failure(status)) {
		f.failure = result ? pq_state(next, result, status)
				   : db_reason(&SYM_connection);
	} else {
		f.has_rows = true;
		f.rows = pq_rows(next, result, status);
	}
	db_leave(call, &f);
	return !pq_is_failure(status);
}

#define EXECUTE(fn, call_expression, text, operation, after)                   \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	PGresult *result;                                                      \
	struct db_text shown;                                                  \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)))                                           \
		return next->call_expression;                                  \
	shown = text;                                                          \
	if (!wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return next->call_expression;                                  \
	result = next->call_expression;                                        \
	wrap_returned(&call);                                                  \
	if (finished(next, &call, conn, result, shown, operation))             \
		after;                                                         \
	return result

PGresult *PQexec_body(const struct pq_next *next, PGconn *conn,
		      const char *query)
{
	EXECUTE(PQexec, PQexec(conn, query), pq_text(next, conn, query), NULL,
		(void)0);
}

PGresult *PQexecParams_body(const struct pq_next *next, PGconn *conn,
			    const char *query, int count, const Oid *types,
			    const char *const *values, const int *lengths,
			    const int *formats, int format)
{
	EXECUTE(PQexecParams,
		PQexecParams(conn, query, count, types, values, lengths,
			     formats, format),
		pq_text(next, conn, query), NULL, (void)0);
}

PGresult *PQprepare_body(const struct pq_next *next, PGconn *conn,
			 const char *name, const char *query, int count,
			 const Oid *types)
{
	EXECUTE(PQprepare, PQprepare(conn, name, query, count, types),
		pq_text(next, conn, query), &SYM_PREPARE,
		pq_remember(conn, pq_part_of(name), shown));
}

PGresult *PQexecPrepared_body(const struct pq_next *next, PGconn *conn,
			      const char *name, int count,
			      const char *const *values, const int *lengths,
			      const int *formats, int format)
{
	EXECUTE(PQexecPrepared,
		PQexecPrepared(conn, name, count, values, lengths, formats,
			       format),
		pq_remembered(conn, name), &SYM_EXECUTE, (void)0);
}
