/*
 * regex_compile.c - the grammar of patterns.  One pass, recursive descent.
 */
#include "metric/regex_compile.h"

#include "base/arena.h"

#define DEPTH_MAX 16 /* of groups */
#define REPEAT_MAX 100

/* Each reads its part, and says in *empty whether that may match nothing. */
static bool alternatives(struct compiler *c, bool *empty);

static bool backslash(struct compiler *c, bool *empty)
{
	struct regex_class class;
	char byte = peek(c);

	if (byte == 'b' || byte == 'B') {
		c->at++;
		*empty = true;
		return regex_append(c, REGEX_EDGE, byte == 'B');
	}
	if (c->at < c->end && regex_class_of(byte, &class)) {
		c->at++;
		return regex_append_class(c, &class);
	}
	return regex_escaped(c, &byte) &&
	       regex_append(c, REGEX_CHAR, (uint8_t)byte);
}

static bool group(struct compiler *c, bool *empty)
{
	uint32_t number = 0;

	if (take(c, '?')) {
		if (!take(c, ':'))
			return refuse(c, "of (?...) there is (?:...) only");
	} else {
		number = ++c->regex->groups;
		if (number > REGEX_GROUPS_MAX)
			return refuse(c, "more than 9 groups; (?:...) does not "
					 "count");
	}
	if (++c->depth > DEPTH_MAX)
		return refuse(c, "groups are too deep");
	if (number && !regex_append(c, REGEX_SAVE, 2 * number))
		return false;
	if (!alternatives(c, empty))
		return false;
	c->depth--;
	if (!take(c, ')'))
		return refuse(c, "a ) is missing");
	return !number || regex_append(c, REGEX_SAVE, 2 * number + 1);
}

static bool atom(struct compiler *c, bool *empty)
{
	struct regex_class any = { { 0 } };
	char byte = *c->at++;

	*empty = false;
	switch (byte) {
	case '(':
		return group(c, empty);
	case '[':
		return regex_bracket(c);
	case '\\':
		return backslash(c, empty);
	case '.':
		regex_set_range(&any, '\n', '\n');
		regex_invert(&any);
		return regex_append_class(c, &any);
	case '^':
	case '$':
		*empty = true;
		return regex_append(c, byte == '^' ? REGEX_BEGIN : REGEX_END,
				    0);
	case '*':
	case '+':
	case '?':
	case '{':
		c->at--;
		return refuse(c, "nothing stands in front that could be "
				 "repeated");
	default:
		return regex_append(c, REGEX_CHAR, (uint8_t)byte);
	}
}

/* At most three digits; -1: none. */
static int digits(struct compiler *c)
{
	int value = -1, i;

	for (i = 0; i < 3 && peek(c) >= '0' && peek(c) <= '9'; i++)
		value = (value < 0 ? 0 : value * 10) + (*c->at++ - '0');
	return value;
}

/* {n} {n,} {n,m}; *most -1: no limit. */
static bool counts(struct compiler *c, int *least, int *most)
{
	*least = digits(c);
	*most = *least;
	if (*least >= 0 && take(c, ',')) {
		*most = -1;
		if (!is_next(c, '}')) {
			*most = digits(c);
			if (*most < *least)
				*least = -1;
		}
	}
	if (*least < 0 || !take(c, '}'))
		return refuse(c, "expected {n}, {n,} or {n,m} with n <= m");
	if (*least > REPEAT_MAX || *most > REPEAT_MAX)
		return refuse(c, "more than 100 repetitions");
	return true;
}

static bool repetition(struct compiler *c, int *least, int *most)
{
	char sign = *c->at++;

	*least = sign == '+';
	*most = sign == '?' ? 1 : -1;
	return sign != '{' || counts(c, least, most);
}

/* A split that prefers `in`, or `out` if it is lazy. */
static bool choice(struct compiler *c, uint32_t at, uint32_t in, uint32_t out,
		   bool lazy)
{
	return regex_branch(c, at, REGEX_SPLIT, lazy ? out : in,
			    lazy ? in : out);
}

/* What begins at `at` and goes to the end, any number of times.  A part that
 * may be empty is done once at least: what its groups took is known then. */
static bool star(struct compiler *c, uint32_t at, bool empty, bool lazy)
{
	uint32_t size = c->regex->count - at;

	if (empty)
		return choice(c, at + size, at, at + size + 1, lazy) &&
		       choice(c, at, at + 1, at + size + 2, lazy);
	return choice(c, at, at + 1, at + size + 2, lazy) &&
	       regex_branch(c, at + size + 1, REGEX_JUMP, at, at);
}

/* The last copy is repeated or may be left out; what is in front of it is
 * required. */
static bool repeat(struct compiler *c, uint32_t at, int least, int most,
		   bool empty)
{
	uint32_t size = c->regex->count - at, end;
	bool lazy = take(c, '?');
	int i;

	if (most == 0 || size == 0) {
		c->regex->count = (uint16_t)at;
		return true;
	}
	for (i = 1; i < least; i++)
		if (!regex_copy(c, at, size))
			return false;
	if (most < 0 && least == 0)
		return star(c, at, empty, lazy);
	if (most < 0)
		return choice(c, c->regex->count, c->regex->count - size,
			      c->regex->count + 1, lazy);
	end = at + size * (uint32_t)most + (uint32_t)(most - least);
	if (end > REGEX_CODE_MAX)
		return refuse(c, "the pattern is too large");
	for (i = least; i < most; i++) {
		uint32_t here = i == 0 ? at : c->regex->count;

		if (i > 0 && !regex_copy(c, at + (least == 0), size))
			return false;
		if (!choice(c, here, here + 1, end, lazy))
			return false;
	}
	return true;
}

static bool is_repeated(const struct compiler *c)
{
	return is_next(c, '*') || is_next(c, '+') || is_next(c, '?') ||
	       is_next(c, '{');
}

static bool sequence(struct compiler *c, bool *empty)
{
	*empty = true;
	while (c->at < c->end && *c->at != '|' && *c->at != ')') {
		uint32_t at = c->regex->count;
		bool part_empty;
		int least = 1, most = 1;

		if (!atom(c, &part_empty))
			return false;
		if (is_repeated(c)) {
			if (!repetition(c, &least, &most) ||
			    !repeat(c, at, least, most, part_empty))
				return false;
			if (is_repeated(c))
				return refuse(c, "it is repeated already");
		}
		*empty &= part_empty || least == 0;
	}
	return true;
}

/* split this, next; this; jump end; split next, ...; the last; end.  Not by
 * recursion: there may be many, on a small stack. */
static bool alternatives(struct compiler *c, bool *empty)
{
	uint32_t at = c->regex->count, jump, last = 0;
	struct regex_step *code = c->regex->code;
	bool next_empty;

	if (!sequence(c, empty))
		return false;
	while (take(c, '|')) {
		jump = c->regex->count + 1;
		if (!regex_branch(c, at, REGEX_SPLIT, at + 1, jump + 1) ||
		    !regex_append(c, REGEX_JUMP, 0))
			return false;
		/* Until the end is known, where the jump before it stands. */
		code[jump].x = (int16_t)last;
		last = jump;
		at = c->regex->count;
		if (!sequence(c, &next_empty))
			return false;
		*empty |= next_empty;
	}
	for (; last; last = jump) {
		jump = (uint32_t)code[last].x;
		code[last].x = (int16_t)(c->regex->count - last);
	}
	return true;
}

struct regex *regex_new(const char *pattern, size_t length, const char **why,
			size_t *at)
{
	struct compiler c = { .start = pattern,
			      .at = pattern,
			      .end = pattern + length,
			      .regex = arena_alloc(sizeof(struct regex)) };
	bool empty;

	*at = 0;
	*why = "there is no memory";
	if (!c.regex)
		return NULL;
	if (regex_append(&c, REGEX_SAVE, 0) && alternatives(&c, &empty) &&
	    c.at < c.end)
		refuse(&c, "a ( is missing");
	if (!c.why && regex_append(&c, REGEX_SAVE, 1) &&
	    regex_append(&c, REGEX_MATCH, 0))
		return c.regex;
	*why = c.why;
	*at = (size_t)(c.at - c.start);
	regex_free(c.regex);
	return NULL;
}
