/*
 * exposition.c - families of samples in the two text formats.
 *
 * Numbers in `le` and `quantile` are the same in both, or a server that changes
 * the format would begin new series.
 */
#include "prometheus/exposition.h"

#include "prometheus/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_BELOW 21 /* values: an exponent from 1e+21 on */
#define LABEL_BELOW 6  /* le="1e+06", as Go prints it */
#define NS 1000000000u

static const char *const types[] = {
	[FAMILY_COUNTER] = "counter", [FAMILY_GAUGE] = "gauge",
	[FAMILY_SUMMARY] = "summary", [FAMILY_HISTOGRAM] = "histogram",
	[FAMILY_INFO] = "info",
};

static bool put_special(struct text *out, double value)
{
	if (isfinite(value))
		return false;
	text_str(out, isnan(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf");
	return true;
}

static void put_value(struct text *out, double value)
{
	if (put_special(out, value))
		return;
	if (value != 0 && fabs(value) < 9e15 && value == (double)(int64_t)value)
		text_i64(out, (int64_t)value);
	else
		text_double(out, value, PLAIN_BELOW);
}

/* 1.0, 0.5, 1e+06: with a point or an exponent. */
static void put_canonical(struct text *out, double value)
{
	size_t begin = out->length;

	if (put_special(out, value))
		return;
	text_double(out, value, LABEL_BELOW);
	if (!out->failed &&
	    !memchr(out->data + begin, '.', out->length - begin) &&
	    !memchr(out->data + begin, 'e', out->length - begin))
		text_str(out, ".0");
}

/* ---- metadata ------------------------------------------------------------ */

static void put_meta(struct exposition *e, const char *what,
		     const struct family *family)
{
	text_str(&e->out, "# ");
	text_str(&e->out, what);
	text_char(&e->out, ' ');
	text_str(&e->out, family->name);
	if (e->format == FORMAT_TEXT && family->type == FAMILY_COUNTER)
		text_str(&e->out, "_total");
	if (e->format == FORMAT_TEXT && family->type == FAMILY_INFO)
		text_str(&e->out, "_info");
	text_char(&e->out, ' ');
}

static void put_head(struct exposition *e, const struct family *family)
{
	put_meta(e, "HELP", family);
	labels_escape(&e->out, family->help, e->format == FORMAT_OPENMETRICS);
	text_char(&e->out, '\n');
	put_meta(e, "TYPE", family);
	text_str(&e->out,
		 family->type == FAMILY_INFO && e->format == FORMAT_TEXT
			 ? "gauge"
			 : types[family->type]);
	text_char(&e->out, '\n');
	if (e->format != FORMAT_OPENMETRICS || !*family->unit)
		return;
	put_meta(e, "UNIT", family);
	text_str(&e->out, family->unit);
	text_char(&e->out, '\n');
}

/* ---- samples ------------------------------------------------------------- */

/* Up to the blank in front of the value. */
static void put_series(struct exposition *e, const struct family *family,
		       const char *suffix, const struct folded *folded,
		       const char *label, double number)
{
	text_str(&e->out, family->name);
	text_str(&e->out, suffix);
	if (folded->length || label) {
		text_char(&e->out, '{');
		text_bytes(&e->out, folded->labels, folded->length);
		if (label) {
			text_str(&e->out, folded->length ? "," : "");
			text_str(&e->out, label);
			text_str(&e->out, "=\"");
			put_canonical(&e->out, number);
			text_char(&e->out, '"');
		}
		text_char(&e->out, '}');
	}
	text_char(&e->out, ' ');
}

static void put_one(struct exposition *e, const struct family *family,
		    const char *suffix, const struct folded *folded,
		    double value)
{
	put_series(e, family, suffix, folded, NULL, 0);
	put_value(&e->out, value);
	text_char(&e->out, '\n');
}

static void put_count(struct exposition *e, const struct family *family,
		      const struct folded *folded, uint64_t count)
{
	put_series(e, family, "_count", folded, NULL, 0);
	text_u64(&e->out, count);
	text_char(&e->out, '\n');
}

static void put_exemplar(struct text *out,
			 const struct telemetry_exemplar *exemplar)
{
	int shift;

	text_str(out, " # {span_id=\"");
	for (shift = 60; shift >= 0; shift -= 4)
		text_char(out,
			  "0123456789abcdef"[exemplar->span_id >> shift & 15]);
	text_str(out, "\"} ");
	put_value(out, exemplar->value);
	if (!exemplar->time)
		return;
	text_char(out, ' ');
	text_u64(out, exemplar->time / NS);
	text_char(out, '.');
	text_digits(out, exemplar->time % NS / 1000, 6);
}

/* _count is the sum of the buckets, whatever was counted meanwhile. */
static void put_histogram(struct exposition *e, const struct family *family,
			  const struct folded *folded)
{
	bool is_partly = e->format == FORMAT_OPENMETRICS &&
			 family->bound_count && family->bounds[0] < 0;
	uint64_t total = 0;
	size_t i;

	for (i = 0; i <= family->bound_count; i++) {
		/* A bound that is infinite is the last bucket itself. */
		bool is_last = i == family->bound_count ||
			       family->bounds[i] == INFINITY;

		total += e->buckets[i];
		if (is_last && i < family->bound_count)
			continue;
		put_series(e, family, "_bucket", folded, "le",
			   is_last ? INFINITY : family->bounds[i]);
		text_u64(&e->out, total);
		if (e->exemplars[i])
			put_exemplar(&e->out, e->exemplars[i]);
		text_char(&e->out, '\n');
	}
	/* With buckets below zero a sum is no counter: OpenMetrics has none. */
	if (is_partly)
		return;
	put_one(e, family, "_sum", folded, folded->value);
	put_count(e, family, folded, total);
}

static void put_summary(struct exposition *e, const struct family *family,
			const struct folded *folded)
{
	static const double at[] = { 0.5, 0.9, 0.95, 0.99 };
	size_t i;

	for (i = 0; i < 4 && folded->quantiles && !family->no_process; i++) {
		put_series(e, family, "", folded, "quantile", at[i]);
		put_value(&e->out, folded->count ? folded->quantiles[i] : NAN);
		text_char(&e->out, '\n');
	}
	put_one(e, family, "_sum", folded, folded->value);
	put_count(e, family, folded, folded->count);
}

static void put_folded(struct exposition *e, const struct family *family,
		       const struct folded *folded)
{
	switch (family->type) {
	case FAMILY_COUNTER:
		put_one(e, family, "_total", folded, folded->value);
		break;
	case FAMILY_GAUGE:
		put_one(e, family, "", folded, folded->value);
		break;
	case FAMILY_INFO:
		put_one(e, family, "_info", folded, 1);
		break;
	case FAMILY_SUMMARY:
		put_summary(e, family, folded);
		break;
	case FAMILY_HISTOGRAM:
		put_histogram(e, family, folded);
		break;
	}
}

void exposition_put(struct exposition *e, const struct family *family)
{
	size_t count = series_make(e, family), at = 0;
	struct folded folded;

	if (!family->goes_on)
		put_head(e, family);
	while (series_fold(e, family, count, &at, &folded))
		put_folded(e, family, &folded);
}

bool exposition_end(struct exposition *e)
{
	if (e->format == FORMAT_OPENMETRICS)
		text_str(&e->out, "# EOF\n");
	return !e->out.failed;
}

void exposition_free(struct exposition *e)
{
	labels_free(&e->labels);
	text_free(&e->keys);
	free(e->series);
	free(e->buckets);
	free(e->exemplars);
}
