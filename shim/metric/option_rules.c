/*
 * option_rules.c - the options of a metric definition that say which events it
 * takes and where its tags have their values from.
 */
#include "metric/options.h"

#include "event/symbol.h"

#include <math.h>
#include <string.h>

static const struct {
	const char *text;
	enum metric_relation value;
} operators[] = {
	/* The longer before those that they begin with. */
	{ "!=", METRIC_UNEQUAL }, { "!~", METRIC_UNLIKE },
	{ "<=", METRIC_AT_MOST }, { ">=", METRIC_AT_LEAST },
	{ "=", METRIC_EQUAL },	  { "~", METRIC_LIKE },
	{ "<", METRIC_LESS },	  { ">", METRIC_MORE },
};

static bool read_operator(struct scan *scan, struct word key,
			  struct metric_condition *condition)
{
	size_t i, length;

	scan_blanks(scan);
	for (i = 0; i < ARRAY_SIZE(operators); i++) {
		length = strlen(operators[i].text);
		if ((size_t)(scan->end - scan->at) < length ||
		    memcmp(scan->at, operators[i].text, length) != 0)
			continue;
		scan->at += length;
		condition->relation = operators[i].value;
		return true;
	}
	return SCAN_FAIL(scan,
			 "found %.*s, expected =, !=, <, <=, >, >=, ~ or !~ "
			 "after \"%.*s\"",
			 WORD(scan_next(scan)), WORD(key));
}

bool option_quoted(struct scan *scan, struct buf *text)
{
	if (!scan_quoted(scan, text))
		return false;
	return !text->cut ||
	       SCAN_FAIL(scan, "a text is too long, expected at most %zu bytes",
			 text->size - 1);
}

/* The same as a symbol; "" is NULL. */
static bool read_quoted(struct scan *scan, struct buf *text,
			const struct symbol **symbol)
{
	if (!option_quoted(scan, text))
		return false;
	*symbol = NULL;
	return text->length == 0 ||
	       option_text(scan, (struct word){ text->text, text->length },
			   symbol);
}

static void set_number(struct metric_condition *condition, struct word word)
{
	bool negative = word.length > 0 && *word.text == '-';
	uint64_t integer;
	double real;

	if (!parse_double(word.text, word.length, &real) || !isfinite(real))
		return;
	condition->is_integer = parse_u64(word.text + negative,
					  word.length - negative, &integer) &&
				integer <= INT64_MAX;
	condition->is_real = !condition->is_integer;
	if (condition->is_real)
		condition->as.real = real;
	else
		condition->as.integer =
			negative ? -(int64_t)integer : (int64_t)integer;
}

static bool read_value(struct scan *scan, struct metric_condition *condition)
{
	char memory[METRIC_TEXT_MAX + 1];
	struct buf text = BUF(memory);
	struct word word;

	if (scan_peek(scan) == '"')
		return read_quoted(scan, &text, &condition->text);
	word = scan_word(scan);
	if (word.length == 0)
		return SCAN_FAIL(scan,
				 "found %.*s, expected a number, a word or a "
				 "text in quotes",
				 WORD(scan_next(scan)));
	set_number(condition, word);
	return option_text(scan, word, &condition->text);
}

static bool condition_item(struct scan *scan,
			   struct metric_definition *definition)
{
	struct word key = scan_key(scan);
	struct metric_condition *c;

	if (definition->condition_count == METRIC_CONDITIONS_MAX)
		return SCAN_FAIL(scan,
				 "too many conditions, expected at most %d",
				 METRIC_CONDITIONS_MAX);
	c = &definition->conditions[definition->condition_count++];
	if (!option_key(scan, "key", key, &c->key) ||
	    !read_operator(scan, key, c) || !read_value(scan, c))
		return false;
	if (c->relation >= METRIC_LESS && c->relation <= METRIC_AT_LEAST &&
	    !c->is_real && !c->is_integer)
		return SCAN_FAIL(scan,
				 "\"%.*s\" is compared with a text, expected "
				 "a number",
				 WORD(key));
	return true;
}

static bool conditions(struct scan *scan, struct metric_definition *definition)
{
	if (!option_items(scan, definition, true, condition_item))
		return false;
	return definition->condition_count > 0 ||
	       SCAN_FAIL(scan, "%s",
			 "no condition, expected key, operator and value");
}

bool option_keep(struct scan *scan, struct metric_definition *definition)
{
	return conditions(scan, definition);
}

bool option_drop(struct scan *scan, struct metric_definition *definition)
{
	definition->drops = true;
	return conditions(scan, definition);
}

static bool read_source(struct scan *scan, struct metric_definition *definition,
			uint32_t index)
{
	struct metric_source *source = &definition->sources[index];
	char memory[METRIC_TEXT_MAX + 1];
	struct buf text = BUF(memory);
	struct word word;

	if (scan_peek(scan) != '"') {
		word = scan_word(scan);
		if (scan_take(scan, '('))
			return option_transform(scan, word, source);
		return option_key(scan, "key", word, &source->from);
	}
	definition->constants |= 1u << index;
	return read_quoted(scan, &text, &source->from);
}

static bool source_item(struct scan *scan, struct metric_definition *definition)
{
	struct word tag = scan_word(scan);
	struct metric_source *s;
	uint32_t i;

	if (definition->source_count == METRIC_TAGS_MAX)
		return SCAN_FAIL(scan,
				 "too many tag_values, expected at most %d",
				 METRIC_TAGS_MAX);
	s = &definition->sources[definition->source_count];
	if (!option_key(scan, "tag", tag, &s->tag))
		return false;
	for (i = 0; i < definition->source_count; i++)
		if (definition->sources[i].tag == s->tag)
			return SCAN_FAIL(scan, "tag \"%.*s\" has two values",
					 WORD(tag));
	if (!scan_take(scan, '='))
		return SCAN_FAIL(scan,
				 "expected = and a key or a text in quotes "
				 "after \"%.*s\"",
				 WORD(tag));
	return read_source(scan, definition, definition->source_count++);
}

bool option_tag_values(struct scan *scan, struct metric_definition *definition)
{
	return option_items(scan, definition, true, source_item);
}

bool option_missing(struct scan *scan, struct metric_definition *definition)
{
	char memory[METRIC_TEXT_MAX + 1];
	struct buf text = BUF(memory);
	struct word word;

	definition->missing = METRIC_MISSING_TEXT;
	if (scan_peek(scan) == '"')
		return read_quoted(scan, &text, &definition->missing_text);
	word = scan_word(scan);
	if (word.length == 0)
		return SCAN_FAIL(scan,
				 "found %.*s, expected skip, a word or a text "
				 "in quotes",
				 WORD(scan_next(scan)));
	if (word_is(word, "skip")) {
		definition->missing = METRIC_MISSING_SKIP;
		return true;
	}
	buf_bytes(&text, word.text, word.length);
	if (text.cut)
		return SCAN_FAIL(scan,
				 "a text is too long, expected at most %zu "
				 "bytes",
				 text.size - 1);
	return option_text(scan, word, &definition->missing_text);
}
