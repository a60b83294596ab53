/*
 * parse.c - reads a text of metric definitions (the grammar is in metric.h).
 */
#include "metric/metric.h"

#include "base/arena.h"
#include "metric/collect.h"
#include "metric/options.h"
#include "metric/scan.h"

#include <string.h>

static const char *const types[] = {
	[METRIC_COUNTER - 1] = "counter",
	[METRIC_SUM - 1] = "sum",
	[METRIC_LAST_VALUE - 1] = "last_value",
	[METRIC_SUMMARY - 1] = "summary",
	[METRIC_DISTRIBUTION - 1] = "distribution",
};

static const double seconds_buckets[] = {
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
	0.5,   0.75, 1,	    2.5,  5,	 7.5, 10,
};

static const double other_buckets[] = {
	0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
};

static const char *type_name(size_t index)
{
	return index < ARRAY_SIZE(types) ? types[index] : NULL;
}

static COLD bool unknown_type(struct scan *scan, struct word word)
{
	char memory[160];
	struct buf text = BUF(memory);

	word_list(&text, type_name);
	word_hint(&text, word, type_name);
	return SCAN_FAIL(scan, "unknown metric type \"%.*s\", expected %s",
			 WORD(word), text.text);
}

static bool read_type(struct scan *scan, struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!word_is(word, types[i]))
			continue;
		definition->type = i + 1;
		return true;
	}
	return unknown_type(scan, word);
}

static bool read_name(struct scan *scan, struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	char first;

	if (word.length == 0)
		return SCAN_FAIL(scan, "%s",
				 "the name is missing, expected one after (");
	first = word.text[0] | 0x20;
	if (!name_is_valid(word, ":/-") || first < 'a' || first > 'z')
		return SCAN_FAIL(scan,
				 "invalid name \"%.*s\", expected segments of "
				 "letters, digits and _, with dots between "
				 "them",
				 WORD(word));
	if (word.length >= sizeof(definition->name))
		return SCAN_FAIL(scan,
				 "the name is too long, expected at most "
				 "%d bytes",
				 TELEMETRY_NAME_MAX);
	memcpy(definition->name, word.text, word.length);
	if (collect_is_own_name(definition->name))
		return SCAN_FAIL(scan,
				 "the name \"%.*s\" is taken, the shim has a "
				 "metric of its own that is called so",
				 WORD(word));
	return true;
}

/* Event and measurement from the name, where they are not given. */
static bool derive_event(struct scan *scan,
			 struct metric_definition *definition)
{
	const char *dot = strrchr(definition->name, '.');
	struct word event = { definition->name, 0 };

	if (dot)
		event.length = (size_t)(dot - definition->name);
	if (event.length == 0)
		return SCAN_FAIL(
			scan, "%s",
			"a name of one segment says no event, expected "
			"the option event or span");
	if (!name_is_valid(event, ""))
		return SCAN_FAIL(scan,
				 "\"%.*s\" is no event, expected segments of "
				 "letters, digits and _, or the option event",
				 WORD(event));
	memcpy(definition->events, event.text, event.length);
	return true;
}

static bool derive_measurement(struct scan *scan,
			       struct metric_definition *definition)
{
	const char *dot = strrchr(definition->name, '.');
	const char *last = dot ? dot + 1 : definition->name;
	struct word word = { last, strlen(last) };

	if (!name_is_valid(word, "") ||
	    word.length >= sizeof(definition->measurement))
		return SCAN_FAIL(scan,
				 "\"%.*s\" is no measurement, expected the "
				 "option measurement",
				 WORD(word));
	memcpy(definition->measurement, word.text, word.length);
	return true;
}

static void set_default_buckets(struct metric_definition *definition)
{
	const double *buckets = other_buckets;
	uint32_t count = ARRAY_SIZE(other_buckets);

	if (strcmp(definition->unit, "s") == 0) {
		buckets = seconds_buckets;
		count = ARRAY_SIZE(seconds_buckets);
	}
	memcpy(definition->buckets, buckets, count * sizeof(double));
	definition->bucket_count = count;
}

static bool finish(struct scan *scan, struct metric_definition *definition,
		   uint32_t seen)
{
	const uint32_t both = 1u << OPTION_EVENT | 1u << OPTION_SPAN;
	const uint32_t rules = 1u << OPTION_KEEP | 1u << OPTION_DROP;

	if ((seen & rules) == rules)
		return SCAN_FAIL(scan, "%s",
				 "both keep and drop, expected one of them");
	if (definition->up_down && definition->expire_ms)
		return SCAN_FAIL(scan, "%s",
				 "a sum that may fall cannot expire");
	if ((seen & both) == both)
		return SCAN_FAIL(scan, "%s",
				 "both event and span, expected one of them");
	if ((seen & both) != 0 && definition->events[0] == '\0')
		return SCAN_FAIL(scan, "%s",
				 "no event, expected at least one name");
	if ((seen & both) == 0 && !derive_event(scan, definition))
		return false;
	if (definition->type == METRIC_COUNTER) {
		memset(definition->measurement, 0,
		       sizeof(definition->measurement));
		definition->numerator = definition->denominator = 1;
	} else if (!(seen & 1u << OPTION_MEASUREMENT) &&
		   !derive_measurement(scan, definition)) {
		return false;
	}
	if (definition->type == METRIC_DISTRIBUTION &&
	    definition->bucket_count == 0)
		set_default_buckets(definition);
	return true;
}

/* Of a file every option that is wrong is said, in its line. */
static bool read_options(struct scan *scan,
			 struct metric_definition *definition, uint32_t *seen)
{
	bool good = true;

	while (scan_take(scan, ',')) {
		const char *option = scan->at;

		if (option_parse(scan, definition, seen))
			continue;
		good = false;
		if (!scan->line)
			break;
		scan->at = option;
		scan_skip(scan);
	}
	return good;
}

static NOINLINE bool read_definition(struct scan *scan,
				     struct metric_definition *definition)
{
	struct word next;
	uint32_t seen = 0;

	if (!read_type(scan, definition))
		return false;
	next = scan_next(scan);
	if (!scan_take(scan, '('))
		return SCAN_FAIL(scan, "found %.*s, expected ( after the type",
				 WORD(next));
	if (!read_name(scan, definition))
		return false;
	if (!read_options(scan, definition, &seen))
		return false;
	next = scan_next(scan);
	if (!scan_take(scan, ')'))
		return SCAN_FAIL(scan, "found %.*s, expected , or )",
				 WORD(next));
	next = scan_next(scan);
	if (scan_peek(scan) != '\0')
		return SCAN_FAIL(scan, "found %.*s after the ), expected ;",
				 WORD(next));
	return finish(scan, definition, seen);
}

/* Where the definition that begins here ends: at a ; outside of quotes. */
static const char *definition_end(const char *text)
{
	bool quoted = false;

	for (; *text && (quoted || *text != ';'); text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (quoted && *text == '\\' && text[1])
			text++;
	}
	return text;
}

/* The definition without blanks around it. */
static struct scan scan_of(const char *origin, const char *text,
			   const char *end)
{
	struct scan scan = { .origin = origin, .at = text, .end = end };

	scan_blanks(&scan);
	while (scan.end > scan.at && strchr(" \t\r\n", scan.end[-1]))
		scan.end--;
	scan.text = scan.at;
	scan.length = (size_t)(scan.end - scan.at);
	return scan;
}

/* Padding too: definitions are compared byte by byte. */
static void clear(struct metric_definition *definition)
{
	memset(definition, 0, sizeof(*definition));
	definition->max_series = METRIC_SERIES_MAX;
	definition->numerator = definition->denominator = 1;
}

static void set_missing(const struct metric_text *text,
			struct metric_definition *definition)
{
	if (!text->missing || definition->missing != METRIC_MISSING_UNSAID)
		return;
	definition->missing = METRIC_MISSING_TEXT;
	if (strcmp(text->missing, "skip") == 0)
		definition->missing = METRIC_MISSING_SKIP;
	else
		definition->missing_text =
			symbol_intern(text->missing, strlen(text->missing));
}

static unsigned int lines_between(const char *from, const char *to)
{
	unsigned int lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

/* A definition is too large for the stack of a thread that defines metrics. */
int metric_parse_text(const struct metric_text *from,
		      void (*add)(const struct metric_definition *definition,
				  void *arg),
		      void *arg)
{
	struct metric_definition *definition = arena_alloc(sizeof(*definition));
	const char *text = from->text;
	int bad = 0;

	if (!definition) {
		log_error("%s: no memory for definitions", from->origin);
		return 1;
	}
	for (;;) {
		const char *end = from->single ? text + strlen(text)
					       : definition_end(text);
		struct scan scan = scan_of(from->origin, text, end);

		if (from->line)
			scan.line = from->line +
				    lines_between(from->text, scan.text);
		clear(definition);
		if (scan.length > 0 && read_definition(&scan, definition)) {
			set_missing(from, definition);
			add(definition, arg);
		} else if (scan.length > 0) {
			bad++;
		}
		if (*end == '\0')
			break;
		text = end + 1;
	}
	arena_free(definition, sizeof(*definition));
	return bad;
}

int metric_parse(const char *origin, const char *text,
		 void (*add)(const struct metric_definition *definition,
			     void *arg),
		 void *arg)
{
	const struct metric_text from = { .origin = origin, .text = text };

	return metric_parse_text(&from, add, arg);
}
