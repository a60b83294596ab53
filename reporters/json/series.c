/*
 * series.c - a series of a metric as a line.
 */
#include "json/json.h"

static const char *const types[] = {
	[TELEMETRY_COUNTER] = "counter",
	[TELEMETRY_SUM] = "sum",
	[TELEMETRY_LAST_VALUE] = "last_value",
	[TELEMETRY_SUMMARY] = "summary",
	[TELEMETRY_DISTRIBUTION] = "distribution",
};

static void put_text(struct text *out, const char *key, const char *text,
		     struct json_cut *cut)
{
	json_key(out, key);
	cut->happened |= json_text(out, text, cut->text);
}

static void put_double(struct text *out, const char *key, double value)
{
	json_key(out, key);
	json_double(out, value);
}

static void put_tags(struct text *out, const struct json_options *options,
		     const struct telemetry_sample *s, struct json_cut *cut)
{
	size_t i;

	json_key(out, "tags");
	json_open(out, '{');
	for (i = 0; i < s->tag_count; i++) {
		const char *key = s->tags[i].key;

		if (!json_is_allowed(options, key))
			continue;
		if (cut->bare)
			cut->happened = true;
		else
			put_text(out, key,
				 json_is_secret(options, key)
					 ? JSON_REDACTED
					 : s->tags[i].value,
				 cut);
	}
	json_close(out, '}');
}

static void put_quantiles(struct text *out, const struct telemetry_sample *s)
{
	static const char *const keys[] = { "0.5", "0.9", "0.95", "0.99" };
	int i;

	json_key(out, "quantiles");
	json_open(out, '{');
	for (i = 0; i < 4; i++)
		put_double(out, keys[i], s->quantiles[i]);
	json_close(out, '}');
}

/* One more bucket than bounds: what is above the last. */
static void put_buckets(struct text *out, const struct telemetry_metric *m,
			const struct telemetry_sample *s, struct json_cut *cut)
{
	size_t i;

	if (cut->bare) {
		cut->happened = true;
		return;
	}
	json_key(out, "bounds");
	json_open(out, '[');
	for (i = 0; i < m->bound_count; i++)
		json_double(out, m->bounds[i]);
	json_close(out, ']');
	json_key(out, "buckets");
	json_open(out, '[');
	for (i = 0; i <= m->bound_count; i++)
		json_u64(out, s->buckets[i]);
	json_close(out, ']');
}

static void put_values(struct text *out, const struct telemetry_metric *m,
		       const struct telemetry_sample *s, struct json_cut *cut)
{
	json_key(out, "count");
	json_u64(out, s->count);
	if (m->type == TELEMETRY_COUNTER)
		return;
	put_double(out, m->type >= TELEMETRY_SUMMARY ? "sum" : "value",
		   s->value);
	if (m->type == TELEMETRY_LAST_VALUE && s->time) {
		json_key(out, "value_time");
		json_time(out, s->time);
	}
	if (m->type < TELEMETRY_SUMMARY || s->count == 0)
		return;
	put_double(out, "min", s->min);
	put_double(out, "max", s->max);
	if (m->type == TELEMETRY_SUMMARY)
		put_quantiles(out, s);
	else
		put_buckets(out, m, s, cut);
}

static void put_process(struct text *out, const struct telemetry_process *p,
			struct json_cut *cut)
{
	put_text(out, "service", p->service, cut);
	put_text(out, "executable", p->executable, cut);
	json_key(out, "processes");
	json_u64(out, p->count);
	json_key(out, "live");
	json_u64(out, p->live);
	json_key(out, "start");
	json_time(out, p->started);
}

void json_line_metric(struct text *out, const struct json_options *options,
		      const struct telemetry_snapshot *snapshot,
		      const struct telemetry_metric *m,
		      const struct telemetry_sample *s, struct json_cut *cut)
{
	json_open(out, '{');
	json_key(out, "time");
	json_time(out, snapshot->time);
	json_key(out, "type");
	json_text(out, "metric", JSON_WHOLE);
	put_text(out, "name", m->name, cut);
	json_key(out, "metric");
	json_text(out, types[m->type], JSON_WHOLE);
	if (m->type == TELEMETRY_SUM) {
		json_key(out, "monotonic");
		json_bool(out, !m->up_down);
	}
	put_text(out, "unit", m->unit, cut);
	put_tags(out, options, s, cut);
	put_values(out, m, s, cut);
	put_process(out, &snapshot->processes[s->process], cut);
	if (snapshot->partial) {
		json_key(out, "partial");
		json_bool(out, true);
	}
	if (cut->happened) {
		json_key(out, "truncated");
		json_bool(out, true);
	}
	json_close(out, '}');
}
