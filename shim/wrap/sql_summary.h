/*
 * sql_summary.h - the operations of a statement and what they work on, for
 * sql.c alone.
 *
 * By keywords and parentheses, not by grammar: an unknown construction costs a
 * target, never more.
 */
#ifndef SHIM_WRAP_SQL_SUMMARY_H
#define SHIM_WRAP_SQL_SUMMARY_H

#include "base/buf.h"
#include "wrap/sql_scan.h"

enum sql_mode {
	SQL_BEGIN,   /* the next word is an operation */
	SQL_CLAUSES, /* looks for further operations, FROM, JOIN and the like */
	SQL_OBJECT,  /* CREATE and its kin: looks for the type of object */
	SQL_SUBJECT, /* looks for the one name, and then for nothing */
	SQL_DONE,
};

struct sql_summary {
	struct buf *out;
	enum sql_mode mode;
	bool wants_target; /* the next name is one */
	bool is_create;	   /* AS SELECT may follow */
	bool opener;	   /* the last token may stand before an operation */
	bool after_dot, after_distinct;
	uint32_t depth; /* of parentheses */
	/* Bit per depth: an operation is there; a comma brings a target. */
	uint64_t operations, lists;
};

/* `rest` is where the scanner stands, behind the token. */
void sql_summary_token(struct sql_summary *summary,
		       const struct sql_token *token,
		       const struct sql_scanner *rest);

/* Is it this keyword, given in capitals? */
bool sql_is(const struct sql_token *token, const char *keyword);

#endif
