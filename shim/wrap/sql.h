/*
 * sql.h - what may be shown of a statement.
 *
 * One pass over the text, linear, without memory of its own, safe on any
 * bytes.
 */
#ifndef SHIM_WRAP_SQL_H
#define SHIM_WRAP_SQL_H

#include "base/buf.h"

#define SQL_TEXT_MAX 2048   /* bytes that the room for a text should have */
#define SQL_SUMMARY_MAX 255 /* OpenTelemetry's limit */

/* In what dialects differ where literals begin and end. */
enum sql_dialect {
	SQL_NESTED_COMMENTS = 1,
	SQL_DOLLAR_QUOTES = 2,
	SQL_BRACKETS = 4,  /* [name], `name` */
	SQL_BACKSLASH = 8, /* escapes in every string */
	/* "text" is a string where no name fits, so it is shown only where
	 * nothing but a name can stand. */
	SQL_QUOTED_STRINGS = 16,
	SQL_POSTGRESQL = SQL_NESTED_COMMENTS | SQL_DOLLAR_QUOTES,
	SQL_SQLITE = SQL_BRACKETS | SQL_QUOTED_STRINGS,
};

/*
 * Writes the sanitised text (literals become ?, lists of them after IN one,
 * comments and superfluous blanks go) and the summary ("SELECT songs artists",
 * operations and what they work on, in source order).  Both end with a whole
 * token; what does not fit is dropped, and `cut` says so.  Statements with
 * placeholders are sanitised all the same.
 */
void sql_digest(const char *statement, size_t length, unsigned int dialect,
		struct buf *text, struct buf *summary);

#endif
