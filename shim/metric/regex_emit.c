/*
 * regex_emit.c - writes the code of a pattern.  Code can be moved and copied,
 * since its targets are relative.
 */
#include "metric/regex_compile.h"

#include <string.h>

/* Makes room for `count` steps at `at`. */
static bool open_gap(struct compiler *c, uint32_t at, uint32_t count)
{
	struct regex *r = c->regex;

	if (r->count + count > REGEX_CODE_MAX)
		return refuse(c, "the pattern is too large");
	memmove(&r->code[at + count], &r->code[at],
		(r->count - at) * sizeof(*r->code));
	r->count = (uint16_t)(r->count + count);
	return true;
}

static bool put(struct compiler *c, uint32_t at, enum regex_op op, uint32_t arg)
{
	if (!open_gap(c, at, 1))
		return false;
	c->regex->code[at] =
		(struct regex_step){ .op = (uint8_t)op, .arg = (uint8_t)arg };
	return true;
}

bool regex_append(struct compiler *c, enum regex_op op, uint32_t arg)
{
	return put(c, c->regex->count, op, arg);
}

bool regex_branch(struct compiler *c, uint32_t at, enum regex_op op, uint32_t x,
		  uint32_t y)
{
	if (!put(c, at, op, 0))
		return false;
	c->regex->code[at].x = (int16_t)((int)x - (int)at);
	c->regex->code[at].y = (int16_t)((int)y - (int)at);
	return true;
}

bool regex_copy(struct compiler *c, uint32_t from, uint32_t size)
{
	uint32_t to = c->regex->count;

	if (!open_gap(c, to, size))
		return false;
	memcpy(&c->regex->code[to], &c->regex->code[from],
	       size * sizeof(*c->regex->code));
	return true;
}

bool regex_append_class(struct compiler *c, const struct regex_class *class)
{
	struct regex *r = c->regex;
	uint32_t i = 0;

	while (i < r->class_count &&
	       memcmp(&r->classes[i], class, sizeof(*class)) != 0)
		i++;
	if (i == REGEX_CLASSES_MAX)
		return refuse(c, "too many classes of characters");
	if (i == r->class_count)
		r->classes[r->class_count++] = *class;
	return regex_append(c, REGEX_CLASS, i);
}
