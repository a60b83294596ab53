/*
 * regex_compile.h - what reads a pattern: regex_compile.c the grammar,
 * regex_class.c classes of characters, regex_emit.c writes the code.
 */
#ifndef SHIM_METRIC_REGEX_COMPILE_H
#define SHIM_METRIC_REGEX_COMPILE_H

#include "metric/regex_code.h"

struct compiler {
	const char *start, *at, *end;
	const char *why; /* NULL: all is well */
	struct regex *regex;
	uint32_t depth;
};

/* Notes the first reason.  Is false, as all below are when they refuse. */
static inline bool refuse(struct compiler *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static inline char peek(const struct compiler *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static inline bool is_next(const struct compiler *c, char wanted)
{
	return c->at < c->end && *c->at == wanted;
}

static inline bool take(struct compiler *c, char wanted)
{
	if (!is_next(c, wanted))
		return false;
	c->at++;
	return true;
}

bool regex_append(struct compiler *c, enum regex_op op, uint32_t arg);
/* Inserts at `at` a jump or split to the steps `x` and `y`, as they are counted
 * once it is there. */
bool regex_branch(struct compiler *c, uint32_t at, enum regex_op op, uint32_t x,
		  uint32_t y);
/* Copies the steps [from, from + size) to the end. */
bool regex_copy(struct compiler *c, uint32_t from, uint32_t size);
bool regex_append_class(struct compiler *c, const struct regex_class *class);

void regex_set_range(struct regex_class *class, uint32_t from, uint32_t to);
void regex_invert(struct regex_class *class);
/* \d and the like; false: that letter is none of them. */
bool regex_class_of(char letter, struct regex_class *class);
/* The byte that is meant behind a backslash. */
bool regex_escaped(struct compiler *c, char *byte);
/* [...], behind its [. */
bool regex_bracket(struct compiler *c);

#endif
