/*
 * db.h - what the wrappers of database clients share: texts of statements, and
 * what is remembered of a connection or statement between two calls.
 */
#ifndef SHIM_WRAP_DB_H
#define SHIM_WRAP_DB_H

#include "base/compiler.h"
#include "event/span.h"
#include "event/symbol.h"
#include "wrap/call.h"

/* A statement as it may be shown.  Either may be NULL: no room for more
 * symbols. */
struct db_text {
	struct symbol *text, *summary;
};

/* Sanitises, or finds what an equal statement gave before; under the guard.
 * dialect: enum sql_dialect. */
struct db_text db_text(const char *statement, size_t length,
		       unsigned int dialect);

/*
 * An execution in progress, or a prepared statement: keyed by the address of
 * the library's object and a number within it.  A copy is handed out and put
 * back, so nothing is held between two calls of the host.
 */
struct db_state {
	const void *object; /* connection or statement */
	uint64_t part;	    /* 0: the execution; else hash of a prepared name */
	struct span span;   /* begun, on no thread's stack */
	struct db_text text;
	uint64_t busy; /* ns spent inside the library so far */
	uint64_t rows;
	const struct symbol *function, *operation;
	struct telemetry_value failure; /* TELEMETRY_NULL: none */
	uint64_t prepares; /* part that keeps its text, if it succeeds */
};

/* All under the guard.  put: false when the table is full, which is counted in
 * DROP_MEMORY.  What had the same key is replaced, and handed out if `old` is
 * given: its object is NULL if there was nothing.  add: to the execution with
 * this span, if it is still there.  take: removes; false if there is nothing.
 * find: copies. */
bool db_put(const struct db_state *state, struct db_state *old);
bool db_add(const struct db_state *state, uint64_t rows, uint64_t busy);
bool db_take(const void *object, uint64_t part, struct db_state *state);
bool db_find(const void *object, uint64_t part, struct db_state *state);
/* Forgets every part of an object, before it is freed. */
void db_forget(const void *object);
/* torn: what a lock protects may be half done. */
void db_after_fork(bool torn);

/* Metadata of a database span; NULL and 0 are left out. */
struct db_fields {
	const struct symbol *system, *function, *operation;
	struct db_text text;
	const char *namespace, *address;
	uint64_t port;
	bool has_rows;
	uint64_t rows;
	/* TELEMETRY_NULL: it worked. */
	struct telemetry_value failure;
};

/* Ends a span begun with wrap_begin(); after wrap_returned(). */
void db_leave(struct wrap_call *call, const struct db_fields *fields);
/* Ends a kept one; under the guard. */
void db_close(struct span *span, uint64_t end, const struct db_fields *fields);
/* Keeps the span of a call that goes on after it: takes it off the thread's
 * stack; under the guard. */
void db_keep(struct wrap_call *call, struct span *kept);

static inline struct telemetry_value db_reason(const struct symbol *reason)
{
	return field_symbol(&SYM_reason, reason).value;
}

#endif
