/*
 * pq_connect.c - libpq: db.connect, of calls that wait and of polled ones.
 */
#include "wrap/pq.h"

#include "base/clock.h"

static struct db_fields describe(const struct pq_next *next, PGconn *conn,
				 const struct symbol *function)
{
	struct db_fields f = { .function = function };

	pq_describe(next, conn, &f);
	if (!conn || next->PQstatus(conn) != CONNECTION_OK)
		f.failure = pq_no_connection(next, conn);
	return f;
}

#define CONNECT(fn, call_expression)                                           \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	struct db_fields f;                                                    \
	PGconn *conn;                                                          \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)) ||                                         \
	    !wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return next->call_expression;                                  \
	conn = next->call_expression;                                          \
	wrap_returned(&call);                                                  \
	f = describe(next, conn, call.site->function);                         \
	db_leave(&call, &f);                                                   \
	return conn

PGconn *PQconnectdb_body(const struct pq_next *next, const char *conninfo)
{
	CONNECT(PQconnectdb, PQconnectdb(conninfo));
}

PGconn *PQconnectdbParams_body(const struct pq_next *next,
			       const char *const *keywords,
			       const char *const *values, int expand)
{
	CONNECT(PQconnectdbParams, PQconnectdbParams(keywords, values, expand));
}

PGconn *PQsetdbLogin_body(const struct pq_next *next, const char *host,
			  const char *port, const char *options,
			  const char *tty, const char *database,
			  const char *user, const char *password)
{
	CONNECT(PQsetdbLogin, PQsetdbLogin(host, port, options, tty, database,
					   user, password));
}

/* Connects again, with what the first connection was asked for. */
void PQreset_body(const struct pq_next *next, PGconn *conn)
{
	struct wrap_call call WRAP_ON_UNWIND;
	struct thread *t = &thread_self;
	struct db_fields f;
	int saved = errno;

	call.open = false;
	if (conn && thread_claim(t)) {
		pq_close_pending(next, conn);
		/* What was prepared was prepared for the old one. */
		db_forget(conn);
		thread_release(t);
	}
	errno = saved;
	if (!wrap_wanted(&SITE(PQreset)) ||
	    !wrap_begin(&call, &SITE(PQreset), FRAME(), NULL, 0)) {
		next->PQreset(conn);
		return;
	}
	next->PQreset(conn);
	wrap_returned(&call);
	f = describe(next, conn, call.site->function);
	db_leave(&call, &f);
}

/* Under the guard: one that nobody has waited for. */
static void close_begun(const struct pq_next *next, PGconn *conn,
			struct db_state *state)
{
	struct db_fields f = {
		.function = state->function,
		.failure = db_reason(&SYM_connection),
	};

	pq_describe(next, conn, &f);
	db_close(&state->span, clock_ns(), &f);
}

/* A connection that has been begun; it is there when PQconnectPoll() says
 * so. */
static void begun(const struct pq_next *next, struct wrap_call *call,
		  PGconn *conn)
{
	struct db_state state = {
		.object = conn,
		.part = PQ_CONNECTING,
		.function = call->site->function,
	};
	struct thread *t = &thread_self;

	if (!conn) {
		struct db_fields f = describe(next, conn, state.function);

		db_leave(call, &f);
	} else if (thread_claim(t)) {
		db_keep(call, &state.span);
		if (!db_put(&state, NULL))
			close_begun(next, conn, &state);
		thread_release(t);
	}
	errno = call->exit_errno;
}

#define START(fn, call_expression)                                             \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	PGconn *conn;                                                          \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)) ||                                         \
	    !wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return next->call_expression;                                  \
	conn = next->call_expression;                                          \
	wrap_returned(&call);                                                  \
	begun(next, &call, conn);                                              \
	return conn

PGconn *PQconnectStart_body(const struct pq_next *next, const char *conninfo)
{
	START(PQconnectStart, PQconnectStart(conninfo));
}

PGconn *PQconnectStartParams_body(const struct pq_next *next,
				  const char *const *keywords,
				  const char *const *values, int expand)
{
	START(PQconnectStartParams,
	      PQconnectStartParams(keywords, values, expand));
}

int PQconnectPoll_body(const struct pq_next *next, PGconn *conn)
{
	int status = next->PQconnectPoll(conn), saved = errno;
	struct thread *t = &thread_self;
	uint64_t now = clock_ns();
	struct db_state state;
	struct db_fields f;

	if (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED)
		return status;
	f = describe(next, conn, NULL);
	if (thread_claim(t)) {
		if (db_take(conn, PQ_CONNECTING, &state)) {
			f.function = state.function;
			db_close(&state.span, now, &f);
		}
		thread_release(t);
	}
	errno = saved;
	return status;
}

/* Before the connection goes: another may get its address. */
void PQfinish_body(const struct pq_next *next, PGconn *conn)
{
	struct thread *t = &thread_self;
	struct db_state state;
	int saved = errno;

	if (conn && thread_claim(t)) {
		pq_close_pending(next, conn);
		if (db_take(conn, PQ_CONNECTING, &state))
			close_begun(next, conn, &state);
		db_forget(conn);
		thread_release(t);
	}
	errno = saved;
	next->PQfinish(conn);
}
