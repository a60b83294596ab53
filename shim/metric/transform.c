/*
 * transform.c - see transform.h.
 */
#include "metric/transform.h"

#include "base/arena.h"
#include "metric/regex.h"
#include "metric/template.h"

#include <string.h>

struct transform {
	enum transform_kind kind;
	struct regex *regex;
	size_t length;
	char arguments[TRANSFORM_SPEC_MAX]; /* each with its NUL */
};

static const char *next_argument(const struct transform *t, const char *text)
{
	text += strlen(text) + 1;
	return text < t->arguments + t->length ? text : NULL;
}

/* What is wrong with a replacement, and where; NULL: nothing. */
static const char *check_replacement(const struct transform *t,
				     const char *text, size_t *at)
{
	const char *c;

	for (c = strchr(text, '$'); c; c = strchr(c + 2, '$')) {
		*at = (size_t)(c - text);
		if (c[1] == '$')
			continue;
		if (c[1] < '0' || c[1] > '9')
			return "expected $0 to $9, or $$ for a dollar";
		if ((uint32_t)(c[1] - '0') > regex_groups(t->regex))
			return "there is no such group";
	}
	return NULL;
}

static const char *prepare_regex(struct transform *t, size_t *argument,
				 size_t *at)
{
	const char *pattern = t->arguments, *why = NULL;
	const char *replacement = next_argument(t, pattern);

	t->regex = regex_new(pattern, strlen(pattern), &why, at);
	*argument = t->regex != NULL;
	if (!t->regex)
		return why;
	if (!replacement || next_argument(t, replacement))
		return "expected a pattern and a replacement";
	return check_replacement(t, replacement, at);
}

static const char *check_templates(const struct transform *t, size_t *argument)
{
	const char *text = t->length > 0 ? t->arguments : NULL, *why;

	if (!text && t->kind == TRANSFORM_TEMPLATE)
		return "there is no template";
	for (; text; text = next_argument(t, text), ++*argument) {
		why = template_check(text, strlen(text));
		if (why)
			return why;
	}
	return NULL;
}

struct transform *transform_new(const char *spec, size_t length,
				const char **why, size_t *argument, size_t *at)
{
	struct transform *t = arena_alloc(sizeof(*t));

	*argument = *at = 0;
	*why = "there is no memory";
	if (!t)
		return NULL;
	*why = "it is too long";
	if (length > 0 && length <= sizeof(t->arguments)) {
		t->kind = (enum transform_kind)spec[0];
		t->length = length - 1;
		memcpy(t->arguments, spec + 1, t->length);
		*why = t->kind <= TRANSFORM_MATCH
			       ? prepare_regex(t, argument, at)
			       : check_templates(t, argument);
	}
	if (!*why)
		return t;
	transform_free(t);
	return NULL;
}

void transform_free(struct transform *t)
{
	if (t->regex)
		regex_free(t->regex);
	arena_free(t, sizeof(*t));
}

size_t transform_room(const struct transform *t)
{
	return t->regex ? regex_room(t->regex) : 0;
}

static void put_group(struct buf *result, const char *text,
		      const uint16_t *slots)
{
	if (slots[0] != REGEX_NOWHERE && slots[1] != REGEX_NOWHERE)
		buf_bytes(result, text + slots[0],
			  (size_t)(slots[1] - slots[0]));
}

static void expand(struct buf *result, const char *replacement,
		   const char *text, const uint16_t *slots)
{
	const char *c;

	for (c = replacement; *c; c++) {
		if (*c != '$')
			buf_char(result, *c);
		else if (*++c == '$')
			buf_char(result, '$');
		else
			put_group(result, text, &slots[2 * (*c - '0')]);
	}
}

static void apply_regex(const struct transform *t, const char *text,
			size_t length, void *room, struct buf *result)
{
	uint16_t slots[REGEX_SLOTS_MAX];
	bool whole = t->kind == TRANSFORM_REPLACE;

	if (!regex_search(t->regex, text, length, room, slots)) {
		if (whole)
			buf_bytes(result, text, length);
		return;
	}
	if (whole)
		buf_bytes(result, text, slots[0]);
	expand(result, next_argument(t, t->arguments), text, slots);
	if (whole)
		buf_bytes(result, text + slots[1], length - slots[1]);
}

static void apply_templates(const struct transform *t, const char *path,
			    size_t length, struct buf *result)
{
	const char *text = t->length > 0 ? t->arguments : NULL;

	while (text && !template_matches(text, strlen(text), path, length))
		text = next_argument(t, text);
	if (text)
		buf_str(result, text);
	else if (t->kind == TRANSFORM_GUESS)
		template_guess(result, path, length);
}

/* A cut may have fallen into a character of several bytes. */
static void drop_partial(struct buf *result)
{
	size_t n = result->length;

	while (n > 0 && ((uint8_t)result->text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((uint8_t)result->text[n - 1] & 0x80))
		n--;
	result->length = n;
	result->text[n] = '\0';
}

void transform_apply(const struct transform *t, const char *text, size_t length,
		     void *room, struct buf *result)
{
	if (length > TRANSFORM_INPUT_MAX)
		length = TRANSFORM_INPUT_MAX;
	if (t->regex)
		apply_regex(t, text, length, room, result);
	else
		apply_templates(t, text, length, result);
	if (result->cut)
		drop_partial(result);
}
