/*
 * sqlite.h - sqlite3 as we know it, and what the wrappers of its functions
 * share.
 */
#ifndef SHIM_WRAP_SQLITE_H
#define SHIM_WRAP_SQLITE_H

#include "wrap/db.h"

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef int (*sqlite3_callback)(void *, int, char **, char **);

/* From sqlite3.h; numbers of the ABI. */
#define SQLITE_OK 0
#define SQLITE_ROW 100
#define SQLITE_DONE 101

/* The bodies of the wrappers: sqlite_open.c, sqlite_query.c. */
#define PROVIDER sqlite
#define PROVIDER_TABLE "wrap/sqlite.def"
#include "wrap/provider.h"

/* The failure that a call ended with; the extended code where the connection
 * still knows it.  TELEMETRY_NULL for OK, ROW and DONE.  Takes the guard. */
struct telemetry_value sqlite_failure(const struct sqlite_next *next,
				      sqlite3 *db, int code);
/* Base name of the main file, or ":memory:"; NULL if the connection was made
 * where we did not see it.  Takes the guard. */
const char *sqlite_namespace(sqlite3 *db);

#endif
