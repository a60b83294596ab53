/*
 * pq_async.c - libpq: db.query from PQsendQuery and its kin to the PQgetResult
 * that returns NULL.  The span may end on another thread than it began on.
 *
 * In pipeline mode many queries wait for their answers, which come in order:
 * each has a number, and the connection remembers the first and the next one.
 */
#include "wrap/pq.h"

#include "base/clock.h"

void pq_close(const struct pq_next *next, PGconn *conn, struct db_state *s,
	      bool read)
{
	struct db_fields f = {
		.function = s->function,
		.operation = s->operation,
		.text = s->text,
		.has_rows = read && s->failure.type == TELEMETRY_NULL,
		.rows = s->rows,
		.failure = s->failure,
	};

	pq_describe(next, conn, &f);
	db_close(&s->span, clock_ns(), &f);
}

void pq_close_pending(const struct pq_next *next, PGconn *conn)
{
	struct db_state s;

	if (db_take(conn, PQ_QUERY, &s))
		pq_close(next, conn, &s, false);
}

struct queue {
	uint64_t first, end;
};

static struct queue queue_of(PGconn *conn)
{
	struct db_state s = { 0 };

	db_find(conn, PQ_QUEUE, &s);
	return (struct queue){ s.rows, s.busy };
}

static void set_queue(PGconn *conn, struct queue queue)
{
	struct db_state s = {
		.object = conn,
		.part = PQ_QUEUE,
		.rows = queue.first,
		.busy = queue.end,
	};

	db_put(&s, NULL);
}

static bool is_pipelined(const struct pq_next *next, PGconn *conn)
{
	return next->PQpipelineStatus &&
	       next->PQpipelineStatus(conn) != PQ_PIPELINE_OFF;
}

/* Under the guard: where the state of a new query goes. */
static uint64_t new_part(const struct pq_next *next, PGconn *conn)
{
	struct queue queue;

	if (!is_pipelined(next, conn)) {
		pq_close_pending(next, conn);
		return PQ_QUERY;
	}
	queue = queue_of(conn);
	queue.end++;
	set_queue(conn, queue);
	return PQ_PIPELINED + 2 * (queue.end - 1);
}

static void sent(const struct pq_next *next, struct wrap_call *call,
		 PGconn *conn, int ok, struct db_state *state)
{
	struct thread *t = &thread_self;

	state->object = conn;
	state->function = call->site->function;
	if (!ok) {
		struct db_fields f = {
			.function = state->function,
			.operation = state->operation,
			.text = state->text,
			.failure = pq_not_sent(next, conn),
		};

		pq_describe(next, conn, &f);
		db_leave(call, &f);
		return;
	}
	if (thread_claim(t)) {
		state->part = new_part(next, conn);
		db_keep(call, &state->span);
		if (!db_put(state, NULL))
			pq_close(next, conn, state, false);
		thread_release(t);
	}
	errno = call->exit_errno;
}

#define SEND(fn, call_expression, ...)                                         \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	int ok;                                                                \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)))                                           \
		return next->call_expression;                                  \
	struct db_state state = { __VA_ARGS__ };                               \
	if (!wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return next->call_expression;                                  \
	ok = next->call_expression;                                            \
	wrap_returned(&call);                                                  \
	sent(next, &call, conn, ok, &state);                                   \
	return ok

int PQsendQuery_body(const struct pq_next *next, PGconn *conn,
		     const char *query)
{
	SEND(PQsendQuery, PQsendQuery(conn, query),
	     .text = pq_text(next, conn, query));
}

int PQsendQueryParams_body(const struct pq_next *next, PGconn *conn,
			   const char *query, int count, const Oid *types,
			   const char *const *values, const int *lengths,
			   const int *formats, int format)
{
	SEND(PQsendQueryParams,
	     PQsendQueryParams(conn, query, count, types, values, lengths,
			       formats, format),
	     .text = pq_text(next, conn, query));
}

int PQsendPrepare_body(const struct pq_next *next, PGconn *conn,
		       const char *name, const char *query, int count,
		       const Oid *types)
{
	SEND(PQsendPrepare, PQsendPrepare(conn, name, query, count, types),
	     .text = pq_text(next, conn, query), .operation = &SYM_PREPARE,
	     .prepares = pq_part_of(name));
}

/* In a pipeline the statement may be one whose preparation is under way. */
int PQsendQueryPrepared_body(const struct pq_next *next, PGconn *conn,
			     const char *name, int count,
			     const char *const *values, const int *lengths,
			     const int *formats, int format)
{
	SEND(PQsendQueryPrepared,
	     PQsendQueryPrepared(conn, name, count, values, lengths, formats,
				 format),
	     .text = pq_remembered(conn, name), .operation = &SYM_EXECUTE);
}

/* The query in progress is over. */
static void ended(const struct pq_next *next, PGconn *conn, struct db_state *s)
{
	struct queue queue;

	if (s->part != PQ_QUERY) {
		queue = queue_of(conn);
		queue.first++;
		set_queue(conn, queue);
	}
	if (s->prepares && s->failure.type == TELEMETRY_NULL) {
		struct db_state prepared = {
			.object = conn,
			.part = s->prepares,
			.text = s->text,
		};

		db_put(&prepared, NULL);
	}
	pq_close(next, conn, s, true);
}

static void take_in(const struct pq_next *next, struct db_state *s,
		    PGresult *result)
{
	int status = next->PQresultStatus(result);

	if (pq_is_copy(status))
		s->operation = &SYM_COPY;
	if (!pq_is_failure(status)) {
		s->rows += pq_rows(next, result, status);
	} else if (s->failure.type == TELEMETRY_NULL) {
		/* Kept beyond the result's life. */
		struct telemetry_value state = pq_state(next, result, status);
		struct symbol *symbol = value_symbol(&state);

		s->failure = db_reason(symbol ? symbol : &SYM_connection);
	}
}

/* One result of the query in progress; NULL ends it. */
static void got(const struct pq_next *next, PGconn *conn, PGresult *result)
{
	uint64_t part = PQ_QUERY;
	struct db_state s;

	if (result && next->PQresultStatus(result) == PGRES_PIPELINE_SYNC)
		return;
	if (is_pipelined(next, conn))
		part = PQ_PIPELINED + 2 * queue_of(conn).first;
	if (!db_take(conn, part, &s))
		return;
	if (result) {
		take_in(next, &s, result);
		db_put(&s, NULL);
	} else {
		ended(next, conn, &s);
	}
}

PGresult *PQgetResult_body(const struct pq_next *next, PGconn *conn)
{
	PGresult *result = next->PQgetResult(conn);
	struct thread *t = &thread_self;
	int saved = errno;

	if (wrap_wanted(&SITE(PQgetResult)) && conn && thread_claim(t)) {
		got(next, conn, result);
		thread_release(t);
	}
	errno = saved;
	return result;
}
