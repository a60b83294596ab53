/*
 * regex_class.c - classes of characters and escapes of a pattern.
 */
#include "metric/regex_compile.h"

#include <string.h>

void regex_set_range(struct regex_class *class, uint32_t from, uint32_t to)
{
	for (; from <= to; from++)
		class->bits[from / 64] |= (uint64_t)1 << (from % 64);
}

void regex_invert(struct regex_class *class)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(class->bits); i++)
		class->bits[i] = ~class->bits[i];
}

static void merge(struct regex_class *class, const struct regex_class *other)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(class->bits); i++)
		class->bits[i] |= other->bits[i];
}

bool regex_class_of(char letter, struct regex_class *class)
{
	memset(class, 0, sizeof(*class));
	switch (letter | 0x20) {
	case 'w':
		regex_set_range(class, 'a', 'z');
		regex_set_range(class, 'A', 'Z');
		regex_set_range(class, '_', '_');
		__attribute__((fallthrough));
	case 'd':
		regex_set_range(class, '0', '9');
		break;
	case 's':
		regex_set_range(class, '\t', '\r');
		regex_set_range(class, ' ', ' ');
		break;
	default:
		return false;
	}
	if (!(letter & 0x20))
		regex_invert(class);
	return true;
}

/* The byte behind a backslash; letters without a meaning are kept for those
 * that may get one. */
bool regex_escaped(struct compiler *c, char *byte)
{
	char letter = peek(c);

	if (c->at == c->end)
		return refuse(c, "nothing stands behind the \\");
	c->at++;
	*byte = letter == 'n'	? '\n'
		: letter == 't' ? '\t'
		: letter == 'r' ? '\r'
				: letter;
	if (*byte != letter)
		return true;
	if ((letter >= '0' && letter <= '9') ||
	    ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z'))
		return refuse(c, "this letter means nothing behind a \\");
	return true;
}

/* One item of [...]: a class, a byte or a range. */
static bool class_item(struct compiler *c, struct regex_class *class)
{
	struct regex_class part;
	char from = *c->at++, to;

	if (from == '\\') {
		if (c->at < c->end && regex_class_of(*c->at, &part)) {
			c->at++;
			merge(class, &part);
			return true;
		}
		if (!regex_escaped(c, &from))
			return false;
	}
	to = from;
	if (is_next(c, '-') && c->end - c->at > 1 && c->at[1] != ']') {
		c->at++;
		to = *c->at++;
		if (to == '\\' && !regex_escaped(c, &to))
			return false;
	}
	if ((uint8_t)to < (uint8_t)from)
		return refuse(c, "a range ends before it begins");
	regex_set_range(class, (uint8_t)from, (uint8_t)to);
	return true;
}

bool regex_bracket(struct compiler *c)
{
	struct regex_class class = { { 0 } };
	bool inverted = take(c, '^'), first = true;

	/* A ] that comes first is itself. */
	while (first || !is_next(c, ']')) {
		if (c->at == c->end)
			return refuse(c, "a ] is missing");
		if (!class_item(c, &class))
			return false;
		first = false;
	}
	c->at++;
	if (inverted)
		regex_invert(&class);
	return regex_append_class(c, &class);
}
