/* sql.c - see sql.h; the summary is in sql_summary.c. */
#include "wrap/sql.h"

#include "wrap/sql_scan.h"
#include "wrap/sql_summary.h"

/* Inside IN (...), as long as it holds nothing but values. */
enum list {
	LIST_NONE,
	LIST_IN,    /* after IN */
	LIST_OPEN,  /* after IN ( */
	LIST_VALUE, /* after IN ( value */
	LIST_COMMA, /* after IN ( value , */
};

struct sanitiser {
	struct buf *out;
	unsigned int dialect;
	enum list list;
	bool takes_name;    /* after FROM, INTO, a dot and the like */
	bool signs;	    /* after what a sign can follow, and no operand */
	bool dropped_blank; /* in front of what was left out */
};

static void put(struct sanitiser *s, bool spaced, const char *text,
		size_t length)
{
	struct buf *out = s->out;
	size_t space = (spaced || s->dropped_blank) && out->length > 0;

	s->dropped_blank = false;
	if (out->cut || length + space > out->size - 1 - out->length) {
		out->cut = true;
		return;
	}
	if (space)
		buf_char(out, ' ');
	buf_bytes(out, text, length);
}

static bool is_mark(const struct sql_token *t, char c)
{
	return t->type == SQL_MARK && *t->text == c;
}

static char next_char(const struct sql_scanner *rest)
{
	return rest->at < rest->end ? *rest->at : '\0';
}

/* A sign that belongs to a number. */
static bool is_sign(const struct sanitiser *s, const struct sql_token *t,
		    const struct sql_scanner *rest)
{
	char c = next_char(rest);

	return s->signs && (is_mark(t, '-') || is_mark(t, '+')) &&
	       ((c >= '0' && c <= '9') || c == '.');
}

static bool is_value(const struct sanitiser *s, const struct sql_token *t,
		     const struct sql_scanner *rest)
{
	char c = next_char(rest);

	if (t->type == SQL_LITERAL || sql_is(t, "TRUE") || sql_is(t, "FALSE"))
		return true;
	return t->type == SQL_NAME && *t->text == '"' &&
	       s->dialect & SQL_QUOTED_STRINGS && !s->takes_name && c != '.' &&
	       c != '(';
}

/* Values and commas of a list behind the first are left out.  True: it was
 * dealt with. */
static bool in_list(struct sanitiser *s, const struct sql_token *t, bool value)
{
	enum list list = s->list;

	s->list = LIST_NONE;
	if (list == LIST_IN && is_mark(t, '(')) {
		s->list = LIST_OPEN;
		return false;
	}
	if (list == LIST_OPEN && value) {
		s->list = LIST_VALUE;
		put(s, t->spaced, "?", 1);
		return true;
	}
	if (list == LIST_VALUE && is_mark(t, ',')) {
		s->list = LIST_COMMA;
		return true;
	}
	if (list == LIST_COMMA && value) {
		s->list = LIST_VALUE;
		return true;
	}
	if (list == LIST_COMMA)
		put(s, false, ",", 1);
	return false;
}

static bool takes_name(const struct sql_token *t)
{
	return is_mark(t, '.') || sql_is(t, "FROM") || sql_is(t, "JOIN") ||
	       sql_is(t, "INTO") || sql_is(t, "UPDATE") || sql_is(t, "TABLE") ||
	       sql_is(t, "EXISTS") || sql_is(t, "INDEX") || sql_is(t, "VIEW") ||
	       sql_is(t, "AS") || sql_is(t, "REFERENCES");
}

static void sanitise(struct sanitiser *s, const struct sql_token *t,
		     const struct sql_scanner *rest)
{
	bool value = is_value(s, t, rest);

	if (is_sign(s, t, rest)) {
		s->dropped_blank = t->spaced;
		return;
	}
	if (!in_list(s, t, value || t->type == SQL_PLACEHOLDER))
		put(s, t->spaced, value ? "?" : t->text, value ? 1 : t->length);
	if (sql_is(t, "IN"))
		s->list = LIST_IN;
	s->takes_name = takes_name(t);
	s->signs = t->type == SQL_MARK && *t->text != ')' && *t->text != ']';
}

void sql_digest(const char *statement, size_t length, unsigned int dialect,
		struct buf *text, struct buf *summary)
{
	struct sql_scanner scanner = { statement, statement + length, dialect };
	struct sanitiser s = { .out = text, .dialect = dialect };
	struct sql_summary sum = { .out = summary };

	while (!text->cut) {
		struct sql_token t = sql_scan(&scanner);

		if (t.type == SQL_END)
			break;
		sanitise(&s, &t, &scanner);
		sql_summary_token(&sum, &t, &scanner);
	}
}
