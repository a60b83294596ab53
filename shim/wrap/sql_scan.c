/* sql_scan.c - see sql_scan.h. */
#include "wrap/sql_scan.h"

#include "wrap/sql.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes beyond ASCII are part of names, whatever the encoding. */
static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
	return is_word_start(c) || is_digit(c);
}

/* The byte `n` places on; 0 past the end. */
static char peek(const struct sql_scanner *s, size_t n)
{
	return n < (size_t)(s->end - s->at) ? s->at[n] : '\0';
}

static void skip_line(struct sql_scanner *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

static void skip_block(struct sql_scanner *s)
{
	size_t depth = 1;

	s->at += 2;
	while (s->at < s->end && depth > 0) {
		if (*s->at == '*' && peek(s, 1) == '/') {
			depth--;
			s->at++;
		} else if (*s->at == '/' && peek(s, 1) == '*' &&
			   s->dialect & SQL_NESTED_COMMENTS) {
			depth++;
			s->at++;
		}
		s->at++;
	}
	if (s->at > s->end)
		s->at = s->end;
}

/* True if there was anything to skip. */
static bool skip_blanks(struct sql_scanner *s)
{
	const char *begin = s->at;

	while (s->at < s->end) {
		if (is_blank(*s->at))
			s->at++;
		else if (*s->at == '-' && peek(s, 1) == '-')
			skip_line(s);
		else if (*s->at == '/' && peek(s, 1) == '*')
			skip_block(s);
		else
			break;
	}
	return s->at != begin;
}

/* Behind the quote that ends what begins here; a doubled one does not.  False:
 * it does not end. */
static bool skip_quoted(struct sql_scanner *s, char quote, bool backslash)
{
	s->at++;
	while (s->at < s->end) {
		char c = *s->at++;

		if (c == '\\' && backslash && s->at < s->end)
			s->at++;
		else if (c == quote && peek(s, 0) != quote)
			return true;
		else if (c == quote)
			s->at++;
	}
	return false;
}

/* Behind $tag$...$tag$.  False: none begins here. */
static bool skip_dollar_quoted(struct sql_scanner *s)
{
	size_t tag = 1, n;

	if (!(s->dialect & SQL_DOLLAR_QUOTES) || is_digit(peek(s, 1)))
		return false;
	while (is_word(peek(s, tag)))
		tag++;
	if (peek(s, tag) != '$')
		return false;
	tag++;
	for (n = tag; n + tag <= (size_t)(s->end - s->at); n++) {
		const char *dollar =
			memchr(s->at + n, '$', (size_t)(s->end - s->at) - n);

		if (!dollar)
			break;
		n = (size_t)(dollar - s->at);
		if ((size_t)(s->end - dollar) >= tag &&
		    memcmp(dollar, s->at, tag) == 0) {
			s->at = dollar + tag;
			return true;
		}
	}
	s->at = s->end;
	return true;
}

/* Also what no database takes for a number: 12ab, 1_000, 0x1F, 1e-9. */
static void skip_number(struct sql_scanner *s)
{
	char before = '\0';

	while (s->at < s->end) {
		char c = *s->at;

		if (!is_word(c) && c != '.' &&
		    !((c == '+' || c == '-') &&
		      (before == 'e' || before == 'E') && is_digit(peek(s, 1))))
			break;
		before = c;
		s->at++;
	}
}

/* E'..', N'..', X'..', B'..', U&'..': true if a string begins here. */
static bool skip_prefixed_string(struct sql_scanner *s)
{
	char c = (char)(*s->at | 0x20);
	bool escapes = c == 'e' || s->dialect & SQL_BACKSLASH;

	if (c == 'u' && peek(s, 1) == '&' && peek(s, 2) == '\'')
		s->at += 2;
	else if ((c == 'e' || c == 'n' || c == 'x' || c == 'b') &&
		 peek(s, 1) == '\'')
		s->at++;
	else
		return false;
	skip_quoted(s, '\'', escapes);
	return true;
}

static enum sql_token_type scan_word(struct sql_scanner *s)
{
	if (skip_prefixed_string(s))
		return SQL_LITERAL;
	while (is_word(peek(s, 0)) || peek(s, 0) == '$')
		s->at++;
	return SQL_WORD;
}

/* A name without an end may be what comes after a string that we did not
 * understand. */
static enum sql_token_type scan_name(struct sql_scanner *s, char quote)
{
	return skip_quoted(s, quote, false) ? SQL_NAME : SQL_LITERAL;
}

static enum sql_token_type scan_placeholder(struct sql_scanner *s)
{
	do
		s->at++;
	while (is_digit(peek(s, 0)));
	return SQL_PLACEHOLDER;
}

static enum sql_token_type scan_token(struct sql_scanner *s)
{
	char c = *s->at;

	if (is_word_start(c))
		return scan_word(s);
	if (is_digit(c) || (c == '.' && is_digit(peek(s, 1)))) {
		skip_number(s);
		return SQL_LITERAL;
	}
	if (c == '\'') {
		skip_quoted(s, c, s->dialect & SQL_BACKSLASH);
		return SQL_LITERAL;
	}
	if (c == '"' || (c == '`' && s->dialect & SQL_BRACKETS))
		return scan_name(s, c);
	if (c == '[' && s->dialect & SQL_BRACKETS)
		return scan_name(s, ']');
	if (c == '$' && skip_dollar_quoted(s))
		return SQL_LITERAL;
	if (c == '?' || (c == '$' && is_digit(peek(s, 1))))
		return scan_placeholder(s);
	s->at++;
	return SQL_MARK;
}

struct sql_token sql_scan(struct sql_scanner *s)
{
	struct sql_token t = { .spaced = skip_blanks(s) };

	t.text = s->at;
	if (s->at < s->end)
		t.type = scan_token(s);
	t.length = (size_t)(s->at - t.text);
	return t;
}
