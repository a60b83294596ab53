/* sql_summary.c - see sql_summary.h. */
#include "wrap/sql_summary.h"

#include "wrap/sql.h"

#include <string.h>

#define WORD_MAX 32 /* an operation's name is not longer */

enum word_role {
	OPERATION = 1, /* with targets of its own, where an opener stands */
	THROUGH = 2,   /* begins a statement that contains operations */
	OBJECT = 4,    /* begins a statement about a named object */
	OBJECT_TYPE = 8,
	SUBJECT = 16, /* begins a statement about a table */
	TARGET = 32,  /* a name follows */
	LIST = 64,    /* names follow, with commas between them */
	LIST_ENDS = 128,
	SKIPPED = 256, /* between one of these and the name */
	OPENER = 512,  /* an operation may follow */
};

static const struct {
	char text[13];
	uint8_t length;
	uint16_t roles;
} words[] = {
#define WORD(text) text, sizeof(text) - 1
	{ WORD("ALL"), OPENER },
	{ WORD("ALTER"), OBJECT },
	{ WORD("ANALYZE"), SUBJECT | SKIPPED | OPENER },
	{ WORD("AS"), OPENER },
	{ WORD("BEGIN"), OPENER },
	{ WORD("CALL"), SUBJECT },
	{ WORD("CONCURRENTLY"), SKIPPED },
	{ WORD("COPY"), THROUGH | TARGET },
	{ WORD("CREATE"), OBJECT },
	{ WORD("DATABASE"), OBJECT_TYPE },
	{ WORD("DECLARE"), THROUGH },
	{ WORD("DELETE"), OPERATION },
	{ WORD("DROP"), OBJECT },
	{ WORD("EXCEPT"), LIST_ENDS | OPENER },
	{ WORD("EXEC"), SUBJECT },
	{ WORD("EXISTS"), SKIPPED },
	{ WORD("EXPLAIN"), THROUGH | OPENER },
	{ WORD("EXTENSION"), OBJECT_TYPE },
	{ WORD("FETCH"), LIST_ENDS },
	{ WORD("FOR"), LIST_ENDS },
	{ WORD("FROM"), LIST },
	{ WORD("FULL"), SKIPPED },
	{ WORD("FUNCTION"), OBJECT_TYPE },
	{ WORD("GROUP"), LIST_ENDS },
	{ WORD("HAVING"), LIST_ENDS },
	{ WORD("IF"), SKIPPED },
	{ WORD("IGNORE"), SKIPPED },
	{ WORD("INDEX"), OBJECT_TYPE },
	{ WORD("INSERT"), OPERATION },
	{ WORD("INTERSECT"), LIST_ENDS | OPENER },
	{ WORD("INTO"), TARGET | SKIPPED },
	{ WORD("JOIN"), TARGET },
	{ WORD("LATERAL"), SKIPPED },
	{ WORD("LIMIT"), LIST_ENDS },
	{ WORD("LOCK"), SUBJECT },
	{ WORD("MERGE"), OPERATION },
	{ WORD("NOT"), SKIPPED },
	{ WORD("OFFSET"), LIST_ENDS },
	{ WORD("ON"), SKIPPED },
	{ WORD("ONLY"), SKIPPED },
	{ WORD("OR"), SKIPPED },
	{ WORD("ORDER"), LIST_ENDS },
	{ WORD("PLAN"), OPENER },
	{ WORD("PRAGMA"), SUBJECT },
	{ WORD("PREPARE"), THROUGH },
	{ WORD("PROCEDURE"), OBJECT_TYPE },
	{ WORD("REFRESH"), OBJECT },
	{ WORD("REINDEX"), OBJECT },
	{ WORD("REPLACE"), OPERATION | SKIPPED },
	{ WORD("RETURNING"), LIST_ENDS },
	{ WORD("ROLE"), OBJECT_TYPE },
	{ WORD("SCHEMA"), OBJECT_TYPE },
	{ WORD("SELECT"), OPERATION },
	{ WORD("SEQUENCE"), OBJECT_TYPE },
	{ WORD("SET"), LIST_ENDS },
	{ WORD("TABLE"), OBJECT_TYPE | SKIPPED },
	{ WORD("THEN"), OPENER },
	{ WORD("TRIGGER"), OBJECT_TYPE },
	{ WORD("TRUNCATE"), SUBJECT },
	{ WORD("TYPE"), OBJECT_TYPE },
	{ WORD("UNION"), LIST_ENDS | OPENER },
	{ WORD("UPDATE"), OPERATION | TARGET },
	{ WORD("USER"), OBJECT_TYPE },
	{ WORD("USING"), TARGET },
	{ WORD("VACUUM"), SUBJECT },
	{ WORD("VALUES"), LIST_ENDS },
	{ WORD("VERBOSE"), SKIPPED | OPENER },
	{ WORD("VIEW"), OBJECT_TYPE },
	{ WORD("WHERE"), LIST_ENDS },
	{ WORD("WINDOW"), LIST_ENDS },
	{ WORD("WITH"), THROUGH },
#undef WORD
};

static bool is_text(const struct sql_token *t, const char *text, size_t length)
{
	size_t i;

	if (t->type != SQL_WORD || t->length != length)
		return false;
	for (i = 0; i < length; i++)
		if ((t->text[i] & ~0x20) != text[i])
			return false;
	return true;
}

bool sql_is(const struct sql_token *token, const char *keyword)
{
	return is_text(token, keyword, strlen(keyword));
}

static unsigned int roles_of(const struct sql_token *t)
{
	size_t i;

	if (t->type != SQL_WORD)
		return 0;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].text[0] == (t->text[0] & ~0x20) &&
		    is_text(t, words[i].text, words[i].length))
			return words[i].roles;
	return 0;
}

static void add(struct sql_summary *s, const char *text, size_t length)
{
	struct buf *out = s->out;
	size_t space = out->length > 0;
	size_t limit = out->size - 1 < SQL_SUMMARY_MAX ? out->size - 1
						       : SQL_SUMMARY_MAX;

	if (out->cut || length + space > limit - out->length) {
		out->cut = true;
		return;
	}
	if (space)
		buf_char(out, ' ');
	buf_bytes(out, text, length);
}

static void add_token(struct sql_summary *s, const struct sql_token *t)
{
	add(s, t->text, t->length);
}

/* A name and, where there are, the names that follow it behind dots. */
static void add_target(struct sql_summary *s, const struct sql_token *t,
		       const struct sql_scanner *rest)
{
	struct sql_scanner ahead = *rest;
	const char *end = ahead.at;

	while (ahead.at < ahead.end && *ahead.at == '.') {
		struct sql_token part;

		sql_scan(&ahead);
		part = sql_scan(&ahead);
		if (part.spaced ||
		    (part.type != SQL_WORD && part.type != SQL_NAME))
			break;
		end = ahead.at;
	}
	add(s, t->text, (size_t)(end - t->text));
	s->wants_target = false;
}

static bool has_bit(uint64_t bits, uint32_t depth)
{
	return depth < 64 && bits >> depth & 1;
}

static void set_bit(uint64_t *bits, uint32_t depth, bool on)
{
	if (depth < 64)
		*bits = (*bits & ~(1ull << depth)) | (uint64_t)on << depth;
}

static bool is_called(const struct sql_scanner *rest)
{
	const char *p = rest->at;

	while (p < rest->end && (*p == ' ' || *p == '\n' || *p == '\t'))
		p++;
	return p < rest->end && *p == '(';
}

static void begin_operation(struct sql_summary *s, const struct sql_token *t,
			    unsigned int roles)
{
	add_token(s, t);
	s->mode = SQL_CLAUSES;
	set_bit(&s->operations, s->depth, true);
	set_bit(&s->lists, s->depth, false);
	s->wants_target = (roles & TARGET) != 0;
}

static void begin_statement(struct sql_summary *s, const struct sql_token *t,
			    unsigned int roles)
{
	s->is_create = sql_is(t, "CREATE");
	s->wants_target = (roles & (TARGET | SUBJECT)) != 0;
	if (roles & OPERATION) {
		begin_operation(s, t, roles);
		return;
	}
	if (t->type != SQL_WORD || t->length > WORD_MAX) {
		s->mode = SQL_DONE;
		return;
	}
	if (!sql_is(t, "WITH"))
		add_token(s, t);
	s->mode = roles & THROUGH   ? SQL_CLAUSES
		  : roles & OBJECT  ? SQL_OBJECT
		  : roles & SUBJECT ? SQL_SUBJECT
				    : SQL_DONE;
}

/* FROM is a clause where there is an operation, and neither in EXTRACT(YEAR
 * FROM x) nor in IS DISTINCT FROM x. */
static bool brings_target(const struct sql_summary *s,
			  const struct sql_token *t, unsigned int roles,
			  const struct sql_scanner *rest)
{
	if (roles & LIST)
		return has_bit(s->operations, s->depth) && !s->after_distinct;
	if (!(roles & TARGET) || roles & OPERATION)
		return false;
	if (sql_is(t, "USING"))
		return has_bit(s->operations, s->depth) && !is_called(rest);
	return has_bit(s->operations, s->depth) || has_bit(s->lists, s->depth);
}

static void word_in_clauses(struct sql_summary *s, const struct sql_token *t,
			    unsigned int roles, const struct sql_scanner *rest)
{
	bool begins = s->opener || sql_is(t, "SELECT");

	if (roles & OPERATION && begins && !is_called(rest)) {
		begin_operation(s, t, roles);
	} else if (sql_is(t, "SELECT")) {
		begin_operation(s, t, roles);
	} else if (brings_target(s, t, roles, rest)) {
		s->wants_target = true;
		if (roles & LIST)
			set_bit(&s->lists, s->depth, true);
	} else if (roles & LIST_ENDS) {
		s->wants_target = false;
		set_bit(&s->lists, s->depth, false);
	} else if (s->wants_target && !(roles & SKIPPED)) {
		add_target(s, t, rest);
	}
}

static void word_of_object(struct sql_summary *s, const struct sql_token *t,
			   unsigned int roles)
{
	if (!(roles & OBJECT_TYPE))
		return;
	add_token(s, t);
	s->mode = SQL_SUBJECT;
	s->wants_target = true;
}

static void word_of_subject(struct sql_summary *s, const struct sql_token *t,
			    unsigned int roles, const struct sql_scanner *rest)
{
	if (s->depth > 0 || roles & SKIPPED)
		return;
	add_target(s, t, rest);
	s->mode = s->is_create ? SQL_CLAUSES : SQL_DONE;
}

static void name(struct sql_summary *s, const struct sql_token *t,
		 unsigned int roles, const struct sql_scanner *rest)
{
	if (s->after_dot)
		return;
	switch (s->mode) {
	case SQL_BEGIN:
		begin_statement(s, t, roles);
		break;
	case SQL_CLAUSES:
		word_in_clauses(s, t, roles, rest);
		break;
	case SQL_OBJECT:
		word_of_object(s, t, roles);
		break;
	case SQL_SUBJECT:
		word_of_subject(s, t, roles, rest);
		break;
	case SQL_DONE:
		break;
	}
}

static void mark(struct sql_summary *s, char c)
{
	switch (c) {
	case '(':
		s->depth++;
		/* FROM (a JOIN b) */
		set_bit(&s->operations, s->depth, false);
		set_bit(&s->lists, s->depth, s->wants_target);
		break;
	case ')':
		s->depth -= s->depth > 0;
		s->wants_target = false;
		break;
	case ',':
		if (s->mode == SQL_CLAUSES && has_bit(s->lists, s->depth))
			s->wants_target = true;
		break;
	case ';':
		*s = (struct sql_summary){ .out = s->out };
		break;
	}
}

void sql_summary_token(struct sql_summary *s, const struct sql_token *t,
		       const struct sql_scanner *rest)
{
	unsigned int roles = roles_of(t);
	char c = t->type == SQL_MARK ? *t->text : '\0';

	if (t->type == SQL_WORD || t->type == SQL_NAME) {
		name(s, t, roles, rest);
	} else if (t->type == SQL_MARK) {
		mark(s, c);
	} else {
		s->wants_target = false;
		if (s->mode == SQL_BEGIN)
			s->mode = SQL_DONE;
	}
	s->opener = roles & OPENER || c == '(' || c == ')';
	s->after_dot = c == '.';
	s->after_distinct = sql_is(t, "DISTINCT");
}
