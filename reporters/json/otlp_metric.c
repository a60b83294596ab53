/*
 * otlp_metric.c - metrics of OTLP: sums and histograms since the start of the
 * process, gauges and summaries.
 */
#include "json/otlp.h"

#include <string.h>

#define CUMULATIVE 2 /* AggregationTemporality */

static void put_double(struct text *out, const char *key, double value)
{
	json_key(out, key);
	json_double(out, value);
}

static bool is_repeated(const struct telemetry_sample *s, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(s->tags[i].key, s->tags[index].key))
			return true;
	return false;
}

static void put_attributes(struct text *out, const struct json_options *options,
			   const struct telemetry_sample *s,
			   struct json_cut *cut)
{
	size_t i;

	json_key(out, "attributes");
	json_open(out, '[');
	for (i = 0; i < s->tag_count && !cut->bare; i++) {
		const char *key = s->tags[i].key;

		/* A tag that an event did not have is no attribute. */
		if (json_is_allowed(options, key) && *s->tags[i].value &&
		    !is_repeated(s, i))
			otlp_attribute(out, key,
				       json_is_secret(options, key)
					       ? JSON_REDACTED
					       : s->tags[i].value,
				       cut);
	}
	json_close(out, ']');
}

static void put_times(struct text *out, const struct telemetry_snapshot *all,
		      const struct telemetry_metric *m,
		      const struct telemetry_sample *s)
{
	bool has_own = m->type == TELEMETRY_LAST_VALUE && s->time;

	if (m->type != TELEMETRY_LAST_VALUE) {
		json_key(out, "startTimeUnixNano");
		json_u64_text(out, all->processes[s->process].started);
	}
	json_key(out, "timeUnixNano");
	json_u64_text(out, has_own ? s->time : all->time);
}

static void put_quantile(struct text *out, double quantile, double value)
{
	json_open(out, '{');
	put_double(out, "quantile", quantile);
	put_double(out, "value", value);
	json_close(out, '}');
}

/* The smallest and the largest are quantiles, too. */
static void put_summary(struct text *out, const struct telemetry_sample *s)
{
	json_key(out, "count");
	json_u64_text(out, s->count);
	put_double(out, "sum", s->value);
	json_key(out, "quantileValues");
	json_open(out, '[');
	if (s->count) {
		put_quantile(out, 0, s->min);
		put_quantile(out, 0.5, s->quantiles[0]);
		put_quantile(out, 0.9, s->quantiles[1]);
		put_quantile(out, 0.95, s->quantiles[2]);
		put_quantile(out, 0.99, s->quantiles[3]);
		put_quantile(out, 1, s->max);
	}
	json_close(out, ']');
}

static void put_exemplars(struct text *out, const struct telemetry_sample *s)
{
	size_t i;

	if (!s->exemplar_count)
		return;
	json_key(out, "exemplars");
	json_open(out, '[');
	for (i = 0; i < s->exemplar_count; i++) {
		json_open(out, '{');
		json_key(out, "timeUnixNano");
		json_u64_text(out, s->exemplars[i].time);
		put_double(out, "asDouble", s->exemplars[i].value);
		if (s->exemplars[i].span_id) {
			json_key(out, "spanId");
			json_id(out, &s->exemplars[i].span_id, 1);
		}
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* A sum with negative values in it could fall: it is left out. */
static void put_histogram(struct text *out, const struct telemetry_metric *m,
			  const struct telemetry_sample *s)
{
	size_t i;

	json_key(out, "count");
	json_u64_text(out, s->count);
	if (!s->count || s->min >= 0)
		put_double(out, "sum", s->value);
	if (s->count) {
		put_double(out, "min", s->min);
		put_double(out, "max", s->max);
	}
	json_key(out, "bucketCounts");
	json_open(out, '[');
	for (i = 0; i <= m->bound_count; i++)
		json_u64_text(out, s->buckets[i]);
	json_close(out, ']');
	json_key(out, "explicitBounds");
	json_open(out, '[');
	for (i = 0; i < m->bound_count; i++)
		json_double(out, m->bounds[i]);
	json_close(out, ']');
	put_exemplars(out, s);
}

static void put_point(struct otlp *o, const struct telemetry_snapshot *all,
		      const struct telemetry_metric *m,
		      const struct telemetry_sample *s, struct json_cut *cut)
{
	struct text *out = &o->item;

	out->length = 0;
	json_open(out, '{');
	put_attributes(out, o->options, s, cut);
	put_times(out, all, m, s);
	if (m->type == TELEMETRY_SUMMARY) {
		put_summary(out, s);
	} else if (m->type == TELEMETRY_DISTRIBUTION) {
		put_histogram(out, m, s);
	} else if (m->type == TELEMETRY_COUNTER) {
		json_key(out, "asInt");
		json_u64_text(out, s->count);
	} else {
		put_double(out, "asDouble", s->value);
	}
	json_close(out, '}');
}

static void put_head(struct text *out, const struct telemetry_metric *m)
{
	static const char *const kinds[] = {
		[TELEMETRY_COUNTER] = "sum",
		[TELEMETRY_SUM] = "sum",
		[TELEMETRY_LAST_VALUE] = "gauge",
		[TELEMETRY_SUMMARY] = "summary",
		[TELEMETRY_DISTRIBUTION] = "histogram",
	};
	bool is_sum = m->type == TELEMETRY_COUNTER || m->type == TELEMETRY_SUM;

	json_open(out, '{');
	json_key(out, "name");
	json_text(out, m->name, 256);
	json_key(out, "description");
	json_text(out, m->description, 256);
	json_key(out, "unit");
	json_text(out, m->unit, 64);
	json_key(out, kinds[m->type]);
	json_open(out, '{');
	if (is_sum || m->type == TELEMETRY_DISTRIBUTION) {
		json_key(out, "aggregationTemporality");
		json_u64(out, CUMULATIVE);
	}
	if (is_sum) {
		json_key(out, "isMonotonic");
		json_bool(out, !m->up_down);
	}
	json_key(out, "dataPoints");
	json_open(out, '[');
}

/* Without its tags it would be taken for another series: rather dropped. */
void otlp_add_metric(struct otlp *o, const struct telemetry_snapshot *snapshot,
		     const struct telemetry_metric *m, uint32_t process)
{
	size_t i;
	int c;

	otlp_set_group(o, "]}}");
	put_head(&o->group, m);
	for (i = 0; i < m->sample_count; i++) {
		if (m->samples[i].process != process)
			continue;
		for (c = 0; c < JSON_CUTS - 1; c++) {
			struct json_cut cut = json_cuts[c];

			put_point(o, snapshot, m, &m->samples[i], &cut);
			if (otlp_put_item(o))
				break;
		}
		o->too_long += c == JSON_CUTS - 1;
	}
	otlp_set_group(o, NULL);
}
