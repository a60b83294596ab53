/*
 * scan.h - words, quoted texts and lists out of the text of one definition.
 */
#ifndef SHIM_METRIC_SCAN_H
#define SHIM_METRIC_SCAN_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/log.h"

struct scan {
	const char *origin; /* variable or file the text is from */
	unsigned int line;  /* of the file, where the text begins; 0: none */
	const char *text;   /* of the definition */
	size_t length;
	const char *at, *end;
};

struct word {
	const char *text;
	size_t length;
};

/* The arguments of a %.*s. */
#define WORD(word) (int)(word).length, (word).text

#define SCAN_SHOWN 160 /* bytes of a definition in a log line */

/* Logs what is wrong with the definition, and where.  Is false. */
#define SCAN_FAIL(scan, ...) scan_fail(scan, __VA_ARGS__)
bool scan_fail(const struct scan *scan, const char *format, ...) COLD
	PRINTF_LIKE(2, 3);

/* Over blanks. */
void scan_blanks(struct scan *scan);
/* The next character, blanks aside; 0 at the end. */
char scan_peek(struct scan *scan);
/* Takes the next character if it is c. */
bool scan_take(struct scan *scan, char c);
/* To the next , or ) outside of brackets and quotes, or to the end. */
void scan_skip(struct scan *scan);
/* What is next, for a message: one character or "the end". */
struct word scan_next(struct scan *scan);
/* Everything up to a blank or one of ( ) [ ] , = "; may be empty. */
struct word scan_word(struct scan *scan);
/* Letters, digits, _ and dots; may be empty. */
struct word scan_key(struct scan *scan);
/* A text in double quotes, with \" and \\; false: logged. */
bool scan_quoted(struct scan *scan, struct buf *out);

bool word_is(struct word word, const char *text);
/* "a, b or c" out of nth(0), nth(1), ... */
void word_list(struct buf *out, const char *(*nth)(size_t index));
/* "; did you mean x?" for the word that is nearest, or "". */
void word_hint(struct buf *out, struct word word,
	       const char *(*nth)(size_t index));

#endif
