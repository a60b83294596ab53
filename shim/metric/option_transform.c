/*
 * option_transform.c - replace(), match() and template() in tag_values.
 *
 * They are compiled here only to say what is wrong with them; metric.c does it
 * again for a definition that is taken.
 */
#include "metric/options.h"

#include "metric/transform.h"

#include <string.h>

static const struct {
	const char *name;
	enum transform_kind kind;
} functions[] = {
	{ "replace", TRANSFORM_REPLACE },
	{ "match", TRANSFORM_MATCH },
	{ "template", TRANSFORM_TEMPLATE },
};

static const char *function_name(size_t index)
{
	return index < ARRAY_SIZE(functions) ? functions[index].name : NULL;
}

static bool unknown_function(struct scan *scan, struct word word)
{
	char memory[128];
	struct buf text = BUF(memory);

	word_list(&text, function_name);
	word_hint(&text, word, function_name);
	return SCAN_FAIL(scan, "unknown function \"%.*s\", expected %s",
			 WORD(word), text.text);
}

static bool find_function(struct scan *scan, struct word name, char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		if (word_is(name, functions[i].name)) {
			*kind = (char)functions[i].kind;
			return true;
		}
	}
	return unknown_function(scan, name);
}

/* One argument behind its comma, with a NUL behind it. */
static bool read_argument(struct scan *scan, struct buf *spec)
{
	size_t begin = spec->length;

	if (scan_peek(scan) != '"') {
		struct word word = scan_word(scan);

		if (spec->text[0] >= TRANSFORM_TEMPLATE &&
		    word_is(word, "auto")) {
			spec->text[0] = TRANSFORM_GUESS;
			return true;
		}
		return SCAN_FAIL(scan, "found \"%.*s\", expected %s",
				 WORD(word),
				 spec->text[0] >= TRANSFORM_TEMPLATE
					 ? "a template in quotes or auto"
					 : "a text in quotes");
	}
	if (!option_quoted(scan, spec))
		return false;
	if (memchr(spec->text + begin, '\0', spec->length - begin))
		return SCAN_FAIL(scan, "%s", "a text has a NUL byte");
	buf_char(spec, '\0');
	return !spec->cut ||
	       SCAN_FAIL(scan,
			 "the texts are too long, expected at most %d "
			 "bytes",
			 TRANSFORM_SPEC_MAX - 1);
}

/* Says what is wrong, and in which text. */
static bool explain(struct scan *scan, const struct buf *spec, const char *why,
		    size_t argument, size_t at)
{
	const char *text = spec->text + 1, *end = spec->text + spec->length;

	for (; argument > 0 && text < end; argument--)
		text += strlen(text) + 1;
	if (text >= end)
		return SCAN_FAIL(scan, "%s", why);
	if (spec->text[0] >= TRANSFORM_TEMPLATE)
		return SCAN_FAIL(scan, "the template \"%s\" %s", text, why);
	return SCAN_FAIL(scan, "\"%s\", byte %zu: %s", text, at + 1, why);
}

static bool check(struct scan *scan, const struct buf *spec)
{
	size_t argument, at;
	const char *why;
	struct transform *t =
		transform_new(spec->text, spec->length, &why, &argument, &at);

	if (!t)
		return explain(scan, spec, why, argument, at);
	transform_free(t);
	return true;
}

bool option_transform(struct scan *scan, struct word name,
		      struct metric_source *source)
{
	char memory[TRANSFORM_SPEC_MAX], kind = 0;
	struct buf spec = BUF(memory);
	struct word next;

	if (!find_function(scan, name, &kind) ||
	    !option_key(scan, "key", scan_word(scan), &source->from))
		return false;
	buf_char(&spec, kind);
	while (scan_take(scan, ','))
		if (!read_argument(scan, &spec))
			return false;
	next = scan_next(scan);
	if (!scan_take(scan, ')'))
		return SCAN_FAIL(scan, "found %.*s, expected , or )",
				 WORD(next));
	return check(scan, &spec) &&
	       option_text(scan, (struct word){ spec.text, spec.length },
			   &source->transform);
}
