/*
 * sql_scan.h - cuts SQL into tokens, for sql.c alone.
 *
 * Knows literals, names, comments and placeholders, and no grammar.  Any bytes
 * will do; what does not end (a string, a comment) reaches to the end of the
 * text.
 */
#ifndef SHIM_WRAP_SQL_SCAN_H
#define SHIM_WRAP_SQL_SCAN_H

#include "base/compiler.h"

enum sql_token_type {
	SQL_END,
	SQL_WORD,	 /* keyword or plain name */
	SQL_NAME,	 /* quoted name */
	SQL_LITERAL,	 /* must not be shown */
	SQL_PLACEHOLDER, /* $1 ? ?1 */
	SQL_MARK,	 /* any other single character */
};

struct sql_token {
	enum sql_token_type type;
	const char *text;
	size_t length;
	bool spaced; /* blanks or a comment in front of it */
};

struct sql_scanner {
	const char *at, *end;
	unsigned int dialect; /* enum sql_dialect, or-ed */
};

struct sql_token sql_scan(struct sql_scanner *scanner);

#endif
