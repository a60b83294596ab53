/*
 * line.c - one value as a line of StatsD or DogStatsD.
 *
 * What is written is bytes exactly; nothing here sends or counts.
 */
#include "statsd/line.h"

#include "common/utf8.h"

#include <math.h>
#include <string.h>

#define VALUE_MAX 200 /* bytes of a name or a tag's value, as agents have it */

/* ---- numbers ------------------------------------------------------------- */

/* No exponent: some servers know none. */
static void put_number(struct text *out, double value)
{
	struct text number = { 0 };
	const char *e;
	int zeros = 0;
	size_t i;

	text_double(&number, value, 400);
	text_char(&number, '\0');
	if (number.failed) {
		out->failed = true;
		return;
	}
	e = strchr(number.data, 'e');
	if (!e) {
		text_str(out, number.data);
	} else {
		for (i = 2; e[i]; i++)
			zeros = zeros * 10 + (e[i] - '0');
		text_str(out, value < 0 ? "-0." : "0.");
		while (--zeros > 0)
			text_char(out, '0');
		for (i = 0; number.data + i < e; i++)
			if (number.data[i] >= '0' && number.data[i] <= '9')
				text_char(out, number.data[i]);
	}
	text_free(&number);
}

/* Rounded, half away from zero, without zeros behind the point. */
static double rounded(double value, int decimals)
{
	double scale = pow(10, decimals);
	double scaled = round(value * scale) / scale;

	return isfinite(scaled) ? scaled : value;
}

static double number_of(const struct line_style *style,
			const struct line_value *v)
{
	double number =
		style->datadog ? v->value : rounded(v->value, style->decimals);

	return number + 0.0; /* not -0 */
}

/* ---- names and tags ------------------------------------------------------ */

static bool is_name(char c, bool has_dots)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       (c == '.' && has_dots);
}

/* One segment of a name, or several. */
static void put_name(struct text *out, const char *name, bool has_dots)
{
	size_t i;

	for (i = 0; name[i] && i < VALUE_MAX; i++)
		text_char(out, is_name(name[i], has_dots) ? name[i] : '_');
}

static bool is_tag_character(uint32_t c, bool is_key)
{
	return c > 0x20 && !(c >= 0x7f && c < 0xa0) && c != ',' && c != '|' &&
	       c != '#' && c != '@' && c != 0x2028 && c != 0x2029 &&
	       !(is_key && c == ':');
}

static void put_tag_text(struct text *out, const char *s, bool is_key)
{
	const char *begin = s;

	while (*s) {
		uint32_t character;
		size_t length = utf8_decode(s, &character);

		if ((size_t)(s - begin) + (length ? length : 1) > VALUE_MAX)
			return;
		if (length && is_tag_character(character, is_key))
			text_bytes(out, s, length);
		else
			text_char(out, '_');
		s += length ? length : 1;
	}
}

static const char *find(const struct telemetry_tag *tags, size_t count,
			const char *key)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(tags[i].key, key))
			return tags[i].value;
	return NULL;
}

/* NULL: the tag is left out.  *drop: so is the line. */
static const char *value_of(const struct line_style *style,
			    const struct telemetry_tag *tag, bool *drop)
{
	const char *standing;

	if (*tag->value)
		return tag->value;
	standing = find(style->tags, style->tag_count, tag->key);
	if (standing && *standing)
		return standing;
	if (style->empty == LINE_NONE)
		return "none";
	if (style->empty == LINE_OMIT)
		return NULL;
	if (style->empty == LINE_KEEP && style->datadog)
		return "";
	*drop = true;
	return NULL;
}

static bool put_segments(struct text *out, const struct line_style *style,
			 const struct line_value *v)
{
	bool drop = false;
	size_t i;

	for (i = 0; i < v->tag_count; i++) {
		const char *value = value_of(style, &v->tags[i], &drop);

		if (drop)
			return false;
		if (!value)
			continue;
		text_char(out, '.');
		put_name(out, value, false);
	}
	return true;
}

static void put_tag(struct text *out, const char *key, const char *value,
		    bool *is_first)
{
	text_str(out, *is_first ? "|#" : ",");
	*is_first = false;
	put_tag_text(out, key, true);
	if (!*key)
		text_char(out, '_');
	text_char(out, ':');
	put_tag_text(out, value, false);
}

static bool put_tags(struct text *out, const struct line_style *style,
		     const struct line_value *v)
{
	bool drop = false, is_first = true;
	size_t i;

	for (i = 0; i < v->tag_count; i++) {
		const char *value = value_of(style, &v->tags[i], &drop);

		if (drop)
			return false;
		if (value)
			put_tag(out, v->tags[i].key, value, &is_first);
	}
	for (i = 0; style->always && i < style->tag_count; i++)
		if (!find(v->tags, v->tag_count, style->tags[i].key))
			put_tag(out, style->tags[i].key, style->tags[i].value,
				&is_first);
	return true;
}

/* ---- the line ------------------------------------------------------------ */

static bool put_head(struct text *out, const struct line_style *style,
		     const struct line_value *v)
{
	if (*style->prefix) {
		put_name(out, style->prefix, true);
		text_char(out, '.');
	}
	put_name(out, v->name, true);
	if (!style->datadog && !put_segments(out, style, v))
		return false;
	text_char(out, ':');
	return true;
}

static bool put_tail(struct text *out, const struct line_style *style,
		     const struct line_value *v)
{
	static const char *const plain[] = { "|c", "|g",  "|c",
					     "|g", "|ms", "|ms" };
	static const char *const datadog[] = { "|c", "|c", "|c",
					       "|g", "|h", "|d" };

	text_str(out, (style->datadog ? datadog : plain)[v->kind]);
	if (v->rate < 1) {
		text_str(out, "|@");
		put_number(out, v->rate);
	}
	return !style->datadog || put_tags(out, style, v);
}

static bool put(struct text *out, const struct line_style *style,
		const struct line_value *v, double number)
{
	if (!put_head(out, style, v))
		return false;
	if (!style->datadog && v->kind == LINE_SUM && number >= 0)
		text_char(out, '+');
	put_number(out, number);
	return put_tail(out, style, v);
}

bool line_put(struct text *out, const struct line_style *style,
	      const struct line_value *v)
{
	size_t begin = out->length;
	double number = number_of(style, v);
	bool done = true;

	if (!*v->name || !isfinite(v->value) || v->rate <= 0 ||
	    (!style->datadog && v->kind == LINE_SUM_AS_COUNTER && number < 0))
		return false;
	if (!style->datadog && v->kind == LINE_LAST_VALUE && number < 0 &&
	    style->absolute) {
		done = put(out, style, v, 0);
		text_char(out, '\n');
	}
	done = done && put(out, style, v, number);
	if (!done)
		out->length = begin;
	return done;
}
