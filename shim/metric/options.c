/*
 * options.c - reads the options of a metric definition.
 */
#include "metric/options.h"

#include "metric/unit.h"

#include <string.h>

bool name_is_valid(struct word name, const char *extra)
{
	bool in_segment = false;
	size_t i;

	for (i = 0; i < name.length; i++) {
		char c = name.text[i];

		if (c == '.' && !in_segment)
			return false;
		in_segment = c != '.';
		if (c != '.' && c != '_' && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !(c != '\0' && strchr(extra, c)))
			return false;
	}
	return in_segment;
}

static bool read_measurement(struct scan *scan,
			     struct metric_definition *definition)
{
	struct word word = scan_word(scan);

	if (!name_is_valid(word, "") ||
	    word.length >= sizeof(definition->measurement))
		return SCAN_FAIL(scan,
				 "invalid measurement \"%.*s\", expected the "
				 "key of a measurement",
				 WORD(word));
	memcpy(definition->measurement, word.text, word.length);
	return true;
}

static bool bad_unit(struct scan *scan, enum unit_error error, struct word word,
		     struct word bad)
{
	char memory[320];
	struct buf text = BUF(memory);

	if (error == UNIT_MIXED)
		return SCAN_FAIL(scan,
				 "cannot convert %.*s, expected two units of "
				 "one kind",
				 WORD(word));
	if (error == UNIT_PARTS)
		return SCAN_FAIL(scan,
				 "invalid unit \"%.*s\", expected UNIT "
				 "or FROM:TO",
				 WORD(word));
	word_list(&text, unit_name);
	word_hint(&text, bad, unit_name);
	return SCAN_FAIL(scan, "unknown unit \"%.*s\", expected {label}, %s",
			 WORD(bad), text.text);
}

static bool read_unit(struct scan *scan, struct metric_definition *definition)
{
	struct word word = scan_word(scan), bad = word;
	struct unit_conversion conversion;
	enum unit_error error = unit_parse(word.text, word.length, &conversion,
					   &bad.text, &bad.length);

	if (error != UNIT_OK)
		return bad_unit(scan, error, word, bad);
	if (conversion.label_length >= sizeof(definition->unit))
		return SCAN_FAIL(scan, "unit \"%.*s\" is too long", WORD(word));
	memcpy(definition->unit, conversion.label, conversion.label_length);
	definition->numerator = conversion.numerator;
	definition->denominator = conversion.denominator;
	return true;
}

static bool read_description(struct scan *scan,
			     struct metric_definition *definition)
{
	struct buf text = BUF(definition->description);

	if (!scan_quoted(scan, &text))
		return false;
	if (text.cut)
		return SCAN_FAIL(scan,
				 "description is too long, expected at most "
				 "%zu bytes",
				 sizeof(definition->description) - 1);
	return true;
}

static bool read_max_series(struct scan *scan,
			    struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	uint64_t number;

	if (!parse_u64(word.text, word.length, &number) || number < 1 ||
	    number > 1000000)
		return SCAN_FAIL(scan,
				 "max_series is \"%.*s\", expected a number "
				 "from 1 to 1000000",
				 WORD(word));
	definition->max_series = (uint32_t)number;
	return true;
}

static bool read_up_down(struct scan *scan,
			 struct metric_definition *definition)
{
	struct word word = scan_word(scan);

	if (definition->type != METRIC_SUM)
		return SCAN_FAIL(scan, "%s", "only a sum can be up_down");
	definition->up_down = word_is(word, "true");
	if (!definition->up_down && !word_is(word, "false"))
		return SCAN_FAIL(scan,
				 "up_down is \"%.*s\", expected true or false",
				 WORD(word));
	return true;
}

static bool read_expire(struct scan *scan, struct metric_definition *definition)
{
	struct word word = scan_word(scan);
	uint64_t number;

	if (!parse_u64(word.text, word.length, &number) || number < 1 ||
	    number > METRIC_EXPIRE_MAX)
		return SCAN_FAIL(scan,
				 "expire is \"%.*s\", expected milliseconds "
				 "from 1 to %u",
				 WORD(word), METRIC_EXPIRE_MAX);
	definition->expire_ms = number;
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct scan *scan, struct metric_definition *definition);
} options[OPTIONS] = {
	[OPTION_EVENT] = { "event", option_event },
	[OPTION_SPAN] = { "span", option_span },
	[OPTION_MEASUREMENT] = { "measurement", read_measurement },
	[OPTION_TAGS] = { "tags", option_tags },
	[OPTION_UNIT] = { "unit", read_unit },
	[OPTION_BUCKETS] = { "buckets", option_buckets },
	[OPTION_DESCRIPTION] = { "description", read_description },
	[OPTION_MAX_SERIES] = { "max_series", read_max_series },
	[OPTION_UP_DOWN] = { "up_down", read_up_down },
	[OPTION_KEEP] = { "keep", option_keep },
	[OPTION_DROP] = { "drop", option_drop },
	[OPTION_TAG_VALUES] = { "tag_values", option_tag_values },
	[OPTION_MISSING] = { "missing", option_missing },
	[OPTION_EXPIRE] = { "expire", read_expire },
};

static const char *option_name(size_t index)
{
	return index < OPTIONS ? options[index].name : NULL;
}

static bool unknown_option(struct scan *scan, struct word word)
{
	char memory[256];
	struct buf text = BUF(memory);

	word_list(&text, option_name);
	word_hint(&text, word, option_name);
	return SCAN_FAIL(scan, "unknown option \"%.*s\", expected %s",
			 WORD(word), text.text);
}

bool option_exists(const char *name)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0)
			return true;
	return false;
}

bool option_parse(struct scan *scan, struct metric_definition *definition,
		  uint32_t *seen)
{
	struct word word = scan_word(scan);
	uint32_t i = 0;

	while (i < OPTIONS && !word_is(word, options[i].name))
		i++;
	if (i == OPTIONS)
		return unknown_option(scan, word);
	if (*seen & 1u << i)
		return SCAN_FAIL(scan, "option %s is given twice",
				 options[i].name);
	*seen |= 1u << i;
	if (!scan_take(scan, '='))
		return SCAN_FAIL(scan, "expected = after %s", options[i].name);
	return options[i].read(scan, definition);
}
