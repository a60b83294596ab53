/*
 * sqlite_query.c - sqlite3: db.query.
 *
 * An execution of a prepared statement goes from its first sqlite3_step() to
 * the one that is the last, or to sqlite3_reset() or sqlite3_finalize(); its
 * duration is the time spent inside sqlite3_step(), as what the program does
 * between two rows is not the database's.  sqlite3_exec() is one span, whatever
 * number of statements it is given.  Preparing is none, unless it fails.
 */
#include "wrap/sqlite.h"

#include "base/clock.h"
#include "wrap/sql.h"

#include <string.h>

/* Everything that is said of the end of a query. */
static struct db_fields describe(const struct sqlite_next *next,
				 const struct wrap_site *site, sqlite3 *db,
				 const char *sql, size_t length, int code)
{
	struct db_fields f = {
		.system = &SYM_sqlite,
		.function = site->function,
		.namespace = sqlite_namespace(db),
		.failure = sqlite_failure(next, db, code),
	};
	struct thread *t = &thread_self;

	if (sql && thread_claim(t)) {
		f.text = db_text(sql, length, SQL_SQLITE);
		thread_release(t);
	}
	return f;
}

/* ---- whole calls --------------------------------------------------------- */

static void executed(const struct sqlite_next *next, struct wrap_call *call,
		     sqlite3 *db, const char *sql, int code, int changes)
{
	struct db_fields f = describe(next, call->site, db, sql,
				      sql ? strlen(sql) : 0, code);

	if (f.failure.type == TELEMETRY_NULL) {
		f.rows = (uint32_t)(next->sqlite3_total_changes(db) - changes);
		f.has_rows = f.rows > 0;
	}
	db_leave(call, &f);
}

/* The rows that a query returns go to the callback unseen; those that it
 * changes are counted. */
int sqlite3_exec_body(const struct sqlite_next *next, sqlite3 *db,
		      const char *sql, sqlite3_callback callback, void *arg,
		      char **message)
{
	struct wrap_call call WRAP_ON_UNWIND;
	int code, changes;

	call.open = false;
	if (!wrap_wanted(&SITE(sqlite3_exec)) || !db ||
	    !wrap_begin(&call, &SITE(sqlite3_exec), FRAME(), NULL, 0))
		return next->sqlite3_exec(db, sql, callback, arg, message);
	changes = next->sqlite3_total_changes(db);
	code = next->sqlite3_exec(db, sql, callback, arg, message);
	wrap_returned(&call);
	executed(next, &call, db, sql, code, changes);
	return code;
}

int sqlite3_get_table_body(const struct sqlite_next *next, sqlite3 *db,
			   const char *sql, char ***table, int *rows,
			   int *columns, char **message)
{
	struct wrap_call call WRAP_ON_UNWIND;
	struct db_fields f;
	int code, count = 0;

	call.open = false;
	if (!wrap_wanted(&SITE(sqlite3_get_table)) || !db ||
	    !wrap_begin(&call, &SITE(sqlite3_get_table), FRAME(), NULL, 0))
		return next->sqlite3_get_table(db, sql, table, rows, columns,
					       message);
	code = next->sqlite3_get_table(db, sql, table, rows ? rows : &count,
				       columns, message);
	wrap_returned(&call);
	f = describe(next, call.site, db, sql, sql ? strlen(sql) : 0, code);
	f.has_rows = code == SQLITE_OK;
	f.rows = (uint32_t)(rows ? *rows : count);
	db_leave(&call, &f);
	return code;
}

/* A statement that cannot be prepared is never executed: its failure is a span,
 * begun afterwards with the time of the call. */
static void not_prepared(const struct sqlite_next *next, struct wrap_site *site,
			 void *frame, uint64_t start, sqlite3 *db,
			 const char *sql, int size, int code)
{
	size_t length = 0;
	struct wrap_call call;
	struct db_fields f;

	if (!wrap_begin(&call, site, frame, NULL, 0))
		return;
	wrap_returned(&call);
	call.span.start = start;
	if (sql)
		length = size < 0 ? strlen(sql) : strnlen(sql, (size_t)size);
	f = describe(next, site, db, sql, length, code);
	f.operation = &SYM_PREPARE;
	db_leave(&call, &f);
}

#define PREPARE(fn, text, call_expression)                                     \
	uint64_t start;                                                        \
	int code;                                                              \
                                                                               \
	if (!wrap_wanted(&SITE(fn)) || !db)                                    \
		return next->call_expression;                                  \
	start = clock_ns();                                                    \
	code = next->call_expression;                                          \
	if (code != SQLITE_OK)                                                 \
		not_prepared(next, &SITE(fn), FRAME(), start, db, text, size,  \
			     code);                                            \
	return code

int sqlite3_prepare_body(const struct sqlite_next *next, sqlite3 *db,
			 const char *sql, int size, sqlite3_stmt **stmt,
			 const char **tail)
{
	PREPARE(sqlite3_prepare, sql,
		sqlite3_prepare(db, sql, size, stmt, tail));
}

int sqlite3_prepare_v2_body(const struct sqlite_next *next, sqlite3 *db,
			    const char *sql, int size, sqlite3_stmt **stmt,
			    const char **tail)
{
	PREPARE(sqlite3_prepare_v2, sql,
		sqlite3_prepare_v2(db, sql, size, stmt, tail));
}

int sqlite3_prepare_v3_body(const struct sqlite_next *next, sqlite3 *db,
			    const char *sql, int size, unsigned int flags,
			    sqlite3_stmt **stmt, const char **tail)
{
	PREPARE(sqlite3_prepare_v3, sql,
		sqlite3_prepare_v3(db, sql, size, flags, stmt, tail));
}

/* UTF-16: a failure without its text. */
int sqlite3_prepare16_body(const struct sqlite_next *next, sqlite3 *db,
			   const void *sql, int size, sqlite3_stmt **stmt,
			   const void **tail)
{
	PREPARE(sqlite3_prepare16, NULL,
		sqlite3_prepare16(db, sql, size, stmt, tail));
}

int sqlite3_prepare16_v2_body(const struct sqlite_next *next, sqlite3 *db,
			      const void *sql, int size, sqlite3_stmt **stmt,
			      const void **tail)
{
	PREPARE(sqlite3_prepare16_v2, NULL,
		sqlite3_prepare16_v2(db, sql, size, stmt, tail));
}

int sqlite3_prepare16_v3_body(const struct sqlite_next *next, sqlite3 *db,
			      const void *sql, int size, unsigned int flags,
			      sqlite3_stmt **stmt, const void **tail)
{
	PREPARE(sqlite3_prepare16_v3, NULL,
		sqlite3_prepare16_v3(db, sql, size, flags, stmt, tail));
}

/* ---- steps --------------------------------------------------------------- */

/* The text's address is part of the key: a statement that was finalized behind
 * our back is not mistaken for the next one at its address. */
static uint64_t part_of(const char *sql)
{
	return (uintptr_t)sql;
}

static bool is_running(sqlite3_stmt *stmt, const char *sql,
		       struct db_state *state)
{
	struct thread *t = &thread_self;
	bool found = false;

	if (thread_claim(t)) {
		found = db_find(stmt, part_of(sql), state);
		thread_release(t);
	}
	return found;
}

static struct db_fields describe_state(const struct sqlite_next *next,
				       sqlite3_stmt *stmt, const char *sql,
				       const struct db_state *state, int code)
{
	sqlite3 *db = next->sqlite3_db_handle(stmt);
	struct db_fields f = describe(next, &SITE(sqlite3_step), db, sql,
				      sql ? strlen(sql) : 0, code);

	f.has_rows = f.failure.type == TELEMETRY_NULL;
	f.rows = state->rows;
	return f;
}

/* Ends an execution that has gone on for more than one call, and is not kept
 * any more.  Takes the guard. */
static void close_state(const struct sqlite_next *next, sqlite3_stmt *stmt,
			const char *sql, struct db_state *state, int code)
{
	struct db_fields f = describe_state(next, stmt, sql, state, code);
	struct thread *t = &thread_self;
	uint64_t now = clock_ns();

	if (!thread_claim(t))
		return;
	state->span.start = now - state->busy;
	db_close(&state->span, now, &f);
	thread_release(t);
}

/* The same, of the one that is kept, unless another thread has just ended
 * it. */
static void end_running(const struct sqlite_next *next, sqlite3_stmt *stmt,
			const char *sql, int code)
{
	struct thread *t = &thread_self;
	struct db_state state;
	bool taken = false;

	if (thread_claim(t)) {
		taken = db_take(stmt, part_of(sql), &state);
		thread_release(t);
	}
	if (taken)
		close_state(next, stmt, sql, &state, code);
}

/* A further step of an execution. */
static int step_on(const struct sqlite_next *next, sqlite3_stmt *stmt,
		   const char *sql, struct db_state *state)
{
	struct thread *t = &thread_self;
	uint64_t start = clock_ns(), busy;
	int code = next->sqlite3_step(stmt), saved = errno;

	busy = clock_ns() - start;
	if (thread_claim(t)) {
		db_add(state, code == SQLITE_ROW, busy);
		thread_release(t);
	}
	if (code != SQLITE_ROW)
		end_running(next, stmt, sql, code);
	errno = saved;
	return code;
}

/* The first step is over. */
static void stepped(const struct sqlite_next *next, struct wrap_call *call,
		    sqlite3_stmt *stmt, const char *sql, int code, int changes)
{
	struct db_state state = {
		.object = stmt,
		.part = part_of(sql),
		.rows = code == SQLITE_ROW,
		.busy = call->end - call->span.start,
	};
	struct thread *t = &thread_self;
	struct db_state old;
	bool stored;

	if (code != SQLITE_ROW) {
		struct db_fields f =
			describe_state(next, stmt, sql, &state, code);

		f.rows = (uint32_t)(next->sqlite3_total_changes(
					    next->sqlite3_db_handle(stmt)) -
				    changes);
		db_leave(call, &f);
		return;
	}
	/* Two threads may share a statement, and both begin it. */
	if (thread_claim(t)) {
		db_keep(call, &state.span);
		stored = db_put(&state, &old);
		thread_release(t);
		if (!stored)
			close_state(next, stmt, sql, &state, code);
		else if (old.object)
			close_state(next, stmt, sql, &old, code);
	}
	errno = call->exit_errno;
}

int sqlite3_step_body(const struct sqlite_next *next, sqlite3_stmt *stmt)
{
	struct wrap_call call WRAP_ON_UNWIND;
	int code, changes, saved = errno;
	struct db_state state;
	const char *sql;

	call.open = false;
	if (!wrap_wanted(&SITE(sqlite3_step)) || !stmt)
		return next->sqlite3_step(stmt);
	sql = next->sqlite3_sql(stmt);
	if (is_running(stmt, sql, &state)) {
		errno = saved;
		return step_on(next, stmt, sql, &state);
	}
	errno = saved;
	if (!wrap_begin(&call, &SITE(sqlite3_step), FRAME(), NULL, 0))
		return next->sqlite3_step(stmt);
	changes = next->sqlite3_total_changes(next->sqlite3_db_handle(stmt));
	code = next->sqlite3_step(stmt);
	wrap_returned(&call);
	stepped(next, &call, stmt, sql, code, changes);
	return code;
}

/* Before the execution is given up, and before the statement is freed. */
static void end_execution(const struct sqlite_next *next, sqlite3_stmt *stmt,
			  bool forget)
{
	const char *sql = stmt ? next->sqlite3_sql(stmt) : NULL;
	struct thread *t = &thread_self;
	int saved = errno;

	if (stmt)
		end_running(next, stmt, sql, SQLITE_OK);
	if (stmt && forget && thread_claim(t)) {
		db_forget(stmt);
		thread_release(t);
	}
	errno = saved;
}

int sqlite3_reset_body(const struct sqlite_next *next, sqlite3_stmt *stmt)
{
	end_execution(next, stmt, false);
	return next->sqlite3_reset(stmt);
}

int sqlite3_finalize_body(const struct sqlite_next *next, sqlite3_stmt *stmt)
{
	end_execution(next, stmt, true);
	return next->sqlite3_finalize(stmt);
}
