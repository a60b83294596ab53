/*
 * sqlite_open.c - sqlite3: db.connect, and the names of the files behind the
 * connections.
 */
#include "wrap/sqlite.h"

#include <string.h>

/* Texts of connections are kept as that of a statement would be. */
static void remember(sqlite3 *db, const char *name, size_t length)
{
	struct db_state state = { .object = db };
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return;
	state.text.text = symbol_intern(name, length);
	if (state.text.text)
		db_put(&state, NULL);
	thread_release(t);
}

const char *sqlite_namespace(sqlite3 *db)
{
	struct db_state state = { 0 };
	struct thread *t = &thread_self;

	if (db && thread_claim(t)) {
		db_find(db, 0, &state);
		thread_release(t);
	}
	return state.text.text ? state.text.text->text : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The connection is nobody else's yet, so the list of its files does not change
 * while we look at it; a temporary database has no name. */
static void learn_name(const struct sqlite_next *next, sqlite3 *db)
{
	const char *path = next->sqlite3_db_filename(db, "main");
	const char *name = path && *path ? base_name(path) : ":memory:";

	remember(db, name, strlen(name));
}

static void opened(const struct sqlite_next *next, struct wrap_call *call,
		   const char *name, sqlite3 *db, int code)
{
	struct db_fields f = {
		.system = &SYM_sqlite,
		.function = call->site->function,
	};

	if (code == SQLITE_OK && db) {
		learn_name(next, db);
		f.namespace = sqlite_namespace(db);
	} else {
		f.failure = sqlite_failure(next, db, code);
		f.namespace =
			name && !strchr(name, '?') ? base_name(name) : NULL;
	}
	db_leave(call, &f);
}

/* Queries need the name, even if nobody listens to db.connect. */
static int opened_unseen(const struct sqlite_next *next, sqlite3 **db, int code)
{
	int saved = errno;

	if (code == SQLITE_OK && db && wrap_wanted(&SITE(sqlite3_step)))
		learn_name(next, *db);
	errno = saved;
	return code;
}

#define OPEN(fn, name, call_expression)                                        \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	int code;                                                              \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)) ||                                         \
	    !wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return opened_unseen(next, db, next->call_expression);         \
	code = next->call_expression;                                          \
	wrap_returned(&call);                                                  \
	opened(next, &call, name, db ? *db : NULL, code);                      \
	return code

int sqlite3_open_body(const struct sqlite_next *next, const char *name,
		      sqlite3 **db)
{
	OPEN(sqlite3_open, name, sqlite3_open(name, db));
}

int sqlite3_open16_body(const struct sqlite_next *next, const void *name,
			sqlite3 **db)
{
	OPEN(sqlite3_open16, NULL, sqlite3_open16(name, db));
}

int sqlite3_open_v2_body(const struct sqlite_next *next, const char *name,
			 sqlite3 **db, int flags, const char *vfs)
{
	OPEN(sqlite3_open_v2, name, sqlite3_open_v2(name, db, flags, vfs));
}

/* Forgotten before it is closed, as its address may be another's the moment
 * after; remembered again if it stays open. */
static int closed(int (*close)(sqlite3 *), sqlite3 *db)
{
	struct db_state state;
	struct thread *t = &thread_self;
	bool known = false;
	int saved = errno, code;

	if (db && thread_claim(t)) {
		known = db_take(db, 0, &state);
		thread_release(t);
	}
	errno = saved;
	code = close(db);
	if (code == SQLITE_OK || !known)
		return code;
	saved = errno;
	if (thread_claim(t)) {
		db_put(&state, NULL);
		thread_release(t);
	}
	errno = saved;
	return code;
}

int sqlite3_close_body(const struct sqlite_next *next, sqlite3 *db)
{
	return closed(next->sqlite3_close, db);
}

int sqlite3_close_v2_body(const struct sqlite_next *next, sqlite3 *db)
{
	return closed(next->sqlite3_close_v2, db);
}
