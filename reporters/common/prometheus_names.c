/*
 * prometheus_names.c - Prometheus' names for metrics, units and labels.
 *
 * By the rules of OpenTelemetry for Prometheus: what is not allowed in a name
 * is replaced by one underscore, units are words at its end.
 */
#include "common/prometheus_names.h"

#include <string.h>

static const struct {
	const char *symbol, *word;
} units[] = {
	{ "s", "seconds" },	  { "ms", "milliseconds" },
	{ "us", "microseconds" }, { "ns", "nanoseconds" },
	{ "min", "minutes" },	  { "h", "hours" },
	{ "d", "days" },	  { "By", "bytes" },
	{ "KiBy", "kibibytes" },  { "MiBy", "mebibytes" },
	{ "GiBy", "gibibytes" },  { "TiBy", "tebibytes" },
	{ "kBy", "kilobytes" },	  { "KBy", "kilobytes" },
	{ "MBy", "megabytes" },	  { "GBy", "gigabytes" },
	{ "TBy", "terabytes" },	  { "bit", "bits" },
	{ "m", "meters" },	  { "V", "volts" },
	{ "A", "amperes" },	  { "J", "joules" },
	{ "W", "watts" },	  { "g", "grams" },
	{ "Cel", "celsius" },	  { "Hz", "hertz" },
	{ "%", "percent" },
};

enum family_type names_type(const struct telemetry_metric *metric)
{
	switch (metric->type) {
	case TELEMETRY_COUNTER:
		return FAMILY_COUNTER;
	case TELEMETRY_SUM:
		return metric->up_down ? FAMILY_GAUGE : FAMILY_COUNTER;
	case TELEMETRY_SUMMARY:
		return FAMILY_SUMMARY;
	case TELEMETRY_DISTRIBUTION:
		return FAMILY_HISTOGRAM;
	default:
		return FAMILY_GAUGE;
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* From where the name in `out` begins. */
static void put_name(struct text *out, size_t begin, const char *name,
		     size_t length, bool colons)
{
	size_t i;

	for (i = 0; i < length; i++) {
		char c = name[i];
		bool first = out->length == begin;

		if (!is_letter(c) && !is_digit(c) && !(colons && c == ':'))
			c = '_';
		if (first && is_digit(c))
			text_char(out, '_');
		if (c != '_' || first || out->data[out->length - 1] != '_')
			text_char(out, c);
		if (out->failed)
			return;
	}
	if (out->length == begin)
		text_char(out, '_');
}

void names_label(struct text *out, const char *key)
{
	put_name(out, out->length, key, strlen(key), false);
	text_char(out, '\0');
}

static void put_word(struct text *out, const char *symbol, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].symbol) == length &&
		    !memcmp(units[i].symbol, symbol, length)) {
			text_str(out, units[i].word);
			return;
		}
	put_name(out, out->length, symbol, length, false);
}

/* What is in braces is a remark. */
static size_t without_remark(const char *unit, char *to, size_t size)
{
	bool remark = false;
	size_t length = 0;

	for (; *unit && length < size; unit++) {
		if (*unit == '{')
			remark = true;
		else if (*unit == '}')
			remark = false;
		else if (!remark)
			to[length++] = *unit;
	}
	return length;
}

void names_unit(struct text *out, const char *unit, enum family_type type)
{
	char symbol[64];
	size_t length = without_remark(unit, symbol, sizeof(symbol));
	const char *slash = memchr(symbol, '/', length);
	size_t first = slash ? (size_t)(slash - symbol) : length;

	if (length == 1 && *symbol == '1') {
		text_str(out, type == FAMILY_GAUGE ? "ratio" : "");
	} else {
		if (first)
			put_word(out, symbol, first);
		if (slash && length > first + 1) {
			text_str(out, first ? "_per_" : "per_");
			put_word(out, slash + 1, length - first - 1);
			/* Per second, not per seconds. */
			if (!out->failed && out->data[out->length - 1] == 's')
				out->length--;
		}
	}
	text_char(out, '\0');
}

/* Does the name that begins there end with this? */
static bool ends_with(const struct text *out, size_t begin, const char *word)
{
	size_t length = strlen(word);

	return out->length - begin > length &&
	       !memcmp(out->data + out->length - length, word, length);
}

void names_family(struct text *out, const struct telemetry_metric *metric)
{
	enum family_type type = names_type(metric);
	struct text suffix = { 0 };
	size_t begin = out->length;

	put_name(out, begin, metric->name, strlen(metric->name), true);
	if (type == FAMILY_COUNTER && !out->failed &&
	    ends_with(out, begin, "_total"))
		out->length -= strlen("_total");
	text_char(&suffix, '_');
	names_unit(&suffix, metric->unit, type);
	if (!suffix.failed && !out->failed && suffix.data[1] &&
	    !ends_with(out, begin, suffix.data))
		text_str(out, suffix.data);
	text_char(out, '\0');
	out->failed |= suffix.failed;
	text_free(&suffix);
}
