/*
 * option_lists.c - the options of a metric definition that are lists: events,
 * spans, tags and buckets.
 */
#include "metric/options.h"

#include "base/decimal.h"

#include <math.h>
#include <string.h>

bool option_items(struct scan *scan, struct metric_definition *definition,
		  bool brackets, option_item *read)
{
	struct word next;

	if (!scan_take(scan, '[')) {
		next = scan_next(scan);
		if (brackets)
			return SCAN_FAIL(scan,
					 "found %.*s, expected a list in "
					 "brackets",
					 WORD(next));
		return read(scan, definition);
	}
	if (scan_take(scan, ']'))
		return true;
	do {
		if (!read(scan, definition))
			return false;
	} while (scan_take(scan, ','));
	next = scan_next(scan);
	if (!scan_take(scan, ']'))
		return SCAN_FAIL(scan, "found %.*s, expected , or ]",
				 WORD(next));
	return true;
}

static bool event_item(struct scan *scan, struct metric_definition *definition)
{
	size_t used = strlen(definition->events);
	struct word word = scan_word(scan), name = word;

	/* "-a.*" takes away what the globs before it have chosen. */
	if (name.length > 0 && *name.text == '-') {
		name.text++;
		name.length--;
	}
	if (name.length > TELEMETRY_NAME_MAX || !name_is_valid(name, "*"))
		return SCAN_FAIL(scan,
				 "invalid %s name \"%.*s\", expected segments "
				 "of letters, digits, _ and *, with dots "
				 "between them, and - in front to leave out",
				 definition->of_spans ? "span" : "event",
				 WORD(word));
	if (used == 0 && name.length < word.length)
		return SCAN_FAIL(scan,
				 "\"%.*s\" leaves out what no name before it "
				 "chose, expected a name in front of it",
				 WORD(word));
	if (used + 1 + word.length >= sizeof(definition->events))
		return SCAN_FAIL(scan,
				 "too many names, expected at most %zu "
				 "bytes of them",
				 sizeof(definition->events) - 1);
	if (used > 0)
		definition->events[used++] = ',';
	memcpy(definition->events + used, word.text, word.length);
	return true;
}

bool option_key(struct scan *scan, const char *what, struct word word,
		const struct symbol **key)
{
	if (!name_is_valid(word, ""))
		return SCAN_FAIL(scan,
				 "invalid %s \"%.*s\", expected segments of "
				 "letters, digits and _, with dots between "
				 "them",
				 what, WORD(word));
	return option_text(scan, word, key);
}

bool option_text(struct scan *scan, struct word word,
		 const struct symbol **text)
{
	*text = symbol_intern(word.text, word.length);
	return *text ||
	       SCAN_FAIL(scan, "no room for the text \"%.*s\"", WORD(word));
}

static bool tag_item(struct scan *scan, struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	const struct symbol *key = NULL;
	uint32_t i;

	if (!option_key(scan, "tag", word, &key))
		return false;
	if (definition->tag_count == METRIC_TAGS_MAX)
		return SCAN_FAIL(scan, "too many tags, expected at most %d",
				 METRIC_TAGS_MAX);
	for (i = 0; i < definition->tag_count; i++)
		if (definition->tags[i] == key)
			return SCAN_FAIL(scan, "tag \"%.*s\" is named twice",
					 WORD(word));
	definition->tags[definition->tag_count++] = key;
	return true;
}

static bool number(struct scan *scan, struct word word, double *value)
{
	if (parse_double(word.text, word.length, value) && isfinite(*value))
		return true;
	return SCAN_FAIL(scan, "\"%.*s\" is no number", WORD(word));
}

static bool add_bucket(struct scan *scan, double bound,
		       struct metric_definition *definition)
{
	uint32_t n = definition->bucket_count;

	if (n == METRIC_BUCKETS_MAX)
		return SCAN_FAIL(scan, "too many buckets, expected at most %d",
				 METRIC_BUCKETS_MAX);
	if (!isfinite(bound) || (n > 0 && bound <= definition->buckets[n - 1]))
		return SCAN_FAIL(scan,
				 "bucket number %u is not above the one before "
				 "it, expected strictly increasing numbers",
				 n + 1);
	definition->buckets[n] = bound;
	definition->bucket_count++;
	return true;
}

static bool bucket_item(struct scan *scan, struct metric_definition *definition)
{
	double bound;

	return number(scan, scan_word(scan), &bound) &&
	       add_bucket(scan, bound, definition);
}

/* (start, step or factor, count) */
static bool series_arguments(struct scan *scan, double *start, double *step,
			     uint64_t *count)
{
	struct word word;

	if (!scan_take(scan, '(') || !number(scan, scan_word(scan), start) ||
	    !scan_take(scan, ',') || !number(scan, scan_word(scan), step) ||
	    !scan_take(scan, ','))
		return SCAN_FAIL(scan, "%s",
				 "expected (start, step or factor, count)");
	word = scan_word(scan);
	if (!parse_u64(word.text, word.length, count) || *count < 1 ||
	    *count > METRIC_BUCKETS_MAX || !scan_take(scan, ')'))
		return SCAN_FAIL(scan,
				 "\"%.*s\" is no count of buckets, expected 1 "
				 "to %d and a )",
				 WORD(word), METRIC_BUCKETS_MAX);
	return true;
}

/* Rounds up the digits in front of the one at `count`; true: to 1 in front. */
static bool carry(struct decimal *decimal, int count)
{
	while (count > 0 && decimal->digits[count - 1] == '9')
		decimal->digits[--count] = '0';
	if (count > 0)
		decimal->digits[count - 1]++;
	return count == 0;
}

/* Without the noise of the arithmetic that made it out of numbers as large as
 * `scale`, of which a double holds 15 digits: 0.1 + 2 * 0.1 is then 0.3. */
static double tidy(double value, double scale)
{
	struct decimal decimal, largest;
	int count;

	if (value == 0 || !isfinite(value) || !isfinite(scale))
		return value;
	decimal_shortest(fabs(value), &decimal);
	decimal_shortest(fabs(scale), &largest);
	count = 15 - (largest.exponent - decimal.exponent);
	if (count <= 0)
		return 0;
	if (count >= decimal.count)
		return value;
	if (decimal.digits[count] >= '5' && carry(&decimal, count)) {
		decimal.digits[0] = '1';
		decimal.exponent++;
	}
	return copysign(decimal_value(decimal.digits, count, decimal.exponent),
			value);
}

static double linear_bound(double start, double step, uint64_t i)
{
	double above = step * (double)i;

	return tidy(start + above, fabs(start) > fabs(above) ? start : above);
}

static bool bucket_series(struct scan *scan,
			  struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	bool linear = word_is(word, "linear");
	double bound = 0, step = 0;
	uint64_t count = 0, i;

	if (!linear && !word_is(word, "exponential"))
		return SCAN_FAIL(
			scan,
			"unknown buckets \"%.*s\", expected [numbers], "
			"linear(start, step, count) or "
			"exponential(start, factor, count)",
			WORD(word));
	if (!series_arguments(scan, &bound, &step, &count))
		return false;
	for (i = 0; i < count; i++) {
		double start = bound;

		if (linear)
			start = linear_bound(bound, step, i);
		else
			bound = tidy(start * step, start * step);
		if (!add_bucket(scan, start, definition))
			return false;
	}
	return true;
}

bool option_event(struct scan *scan, struct metric_definition *definition)
{
	return option_items(scan, definition, false, event_item);
}

bool option_span(struct scan *scan, struct metric_definition *definition)
{
	definition->of_spans = true;
	return option_items(scan, definition, false, event_item);
}

bool option_tags(struct scan *scan, struct metric_definition *definition)
{
	return option_items(scan, definition, true, tag_item);
}

bool option_buckets(struct scan *scan, struct metric_definition *definition)
{
	if (definition->type != METRIC_DISTRIBUTION)
		return SCAN_FAIL(scan, "%s", "only a distribution has buckets");
	if (scan_peek(scan) != '[')
		return bucket_series(scan, definition);
	if (!option_items(scan, definition, true, bucket_item))
		return false;
	if (definition->bucket_count == 0)
		return SCAN_FAIL(scan, "%s",
				 "no buckets, expected at least one number");
	return true;
}
