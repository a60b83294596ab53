/*
 * scan.c - the scanner of metric definitions, and what its error messages
 * need.  Knows nothing of the grammar.
 */
#include "metric/scan.h"

#include <string.h>

/* Every process parses the
 * standard metrics when it starts: no library call per character. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static bool ends_word(char c)
{
	switch (c) {
	case '(':
	case ')':
	case '[':
	case ']':
	case ',':
	case '=':
	case '"':
		return true;
	default:
		return c <= ' ';
	}
}

static unsigned int line_of(const struct scan *scan)
{
	unsigned int line = scan->line;
	const char *c;

	for (c = scan->text; c < scan->at; c++)
		line += *c == '\n';
	return line;
}

/* The definition, on one line. */
static void show(struct buf *out, const struct scan *scan)
{
	const char *end = scan->text + scan->length, *c;
	size_t begin = out->length;

	for (c = scan->text; c < end && out->length - begin < SCAN_SHOWN; c++)
		if (!is_blank(*c) || (c > scan->text && !is_blank(c[-1])))
			buf_char(out, is_blank(*c) ? ' ' : *c);
	if (c < end)
		buf_str(out, "...");
}

bool scan_fail(const struct scan *scan, const char *format, ...)
{
	char memory[720];
	struct buf text = BUF(memory);
	va_list args;

	buf_str(&text, scan->origin);
	if (scan->line)
		buf_printf(&text, ":%u", line_of(scan));
	buf_str(&text, ": \"");
	show(&text, scan);
	buf_str(&text, "\": ");
	va_start(args, format);
	buf_vprintf(&text, format, &args);
	va_end(args);
	log_error("%s%s", text.text, text.cut ? "..." : "");
	return false;
}

void scan_blanks(struct scan *scan)
{
	while (scan->at < scan->end && is_blank(*scan->at))
		scan->at++;
}

char scan_peek(struct scan *scan)
{
	scan_blanks(scan);
	return scan->at < scan->end ? *scan->at : '\0';
}

bool scan_take(struct scan *scan, char c)
{
	if (scan_peek(scan) != c || scan->at == scan->end)
		return false;
	scan->at++;
	return true;
}

/* Behind a text in quotes. */
static void skip_quoted(struct scan *scan)
{
	while (++scan->at < scan->end && *scan->at != '"')
		if (*scan->at == '\\' && scan->at + 1 < scan->end)
			scan->at++;
}

void scan_skip(struct scan *scan)
{
	int depth = 0;

	for (; scan->at < scan->end; scan->at++) {
		char c = *scan->at;

		if (depth == 0 && (c == ',' || c == ')'))
			return;
		if (c == '"')
			skip_quoted(scan);
		else if (c == '[' || c == '(')
			depth++;
		else if (c == ']' || c == ')')
			depth--;
	}
	scan->at = scan->end;
}

struct word scan_next(struct scan *scan)
{
	struct word word = { "the end", 7 };

	if (scan_peek(scan) != '\0')
		word = (struct word){ scan->at, 1 };
	return word;
}

struct word scan_word(struct scan *scan)
{
	struct word word;

	scan_blanks(scan);
	word.text = scan->at;
	while (scan->at < scan->end && !ends_word(*scan->at))
		scan->at++;
	word.length = (size_t)(scan->at - word.text);
	return word;
}

static bool is_of_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

struct word scan_key(struct scan *scan)
{
	struct word word;

	scan_blanks(scan);
	word.text = scan->at;
	while (scan->at < scan->end && is_of_key(*scan->at))
		scan->at++;
	word.length = (size_t)(scan->at - word.text);
	return word;
}

bool scan_quoted(struct scan *scan, struct buf *out)
{
	if (!scan_take(scan, '"')) {
		struct word next = scan_next(scan);

		return SCAN_FAIL(scan, "found %.*s, expected a text in quotes",
				 WORD(next));
	}
	while (scan->at < scan->end && *scan->at != '"') {
		if (*scan->at == '\\' && scan->at + 1 < scan->end &&
		    (scan->at[1] == '"' || scan->at[1] == '\\'))
			scan->at++;
		buf_char(out, *scan->at++);
	}
	if (!scan_take(scan, '"'))
		return SCAN_FAIL(scan, "%s", "a closing quote is missing");
	return true;
}

bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.length &&
	       memcmp(text, word.text, word.length) == 0;
}

void word_list(struct buf *out, const char *(*nth)(size_t index))
{
	size_t i;

	for (i = 0; nth(i); i++) {
		if (i > 0)
			buf_str(out, nth(i + 1) ? ", " : " or ");
		buf_str(out, nth(i));
	}
}

#define LONGEST 24

/* How many characters to insert, delete or replace. */
static size_t distance(struct word word, const char *text)
{
	size_t length = strlen(text), row[LONGEST + 1], i, j;

	for (j = 0; j <= length; j++)
		row[j] = j;
	for (i = 1; i <= word.length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= length; j++) {
			size_t best =
				diagonal + (word.text[i - 1] != text[j - 1]);

			diagonal = row[j];
			if (diagonal + 1 < best)
				best = diagonal + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length];
}

void word_hint(struct buf *out, struct word word,
	       const char *(*nth)(size_t index))
{
	size_t least = word.length / 3 + 1, i;
	const char *nearest = NULL;

	for (i = 0; word.length <= LONGEST && nth(i); i++) {
		size_t d;

		if (strlen(nth(i)) > LONGEST)
			continue;
		d = distance(word, nth(i));
		if (d <= least && (!nearest || d < least)) {
			least = d;
			nearest = nth(i);
		}
	}
	if (nearest)
		buf_printf(out, "; did you mean %s?", nearest);
}
