/*
 * grafana.c - a dashboard as Grafana imports it: a panel for each metric, and
 * in it what its type and unit suggest to ask.
 */
#include "dashboards/dashboards.h"

#include "common/json.h"
#include "common/prometheus_names.h"

#include <string.h>

#define FILTER                                                                 \
	"{job=~\"$job\",instance=~\"$instance\",service_name=~\"$service\"}"
#define RATE "[$__rate_interval]"
#define WIDTH 12 /* of 24 columns */
#define HEIGHT 8
#define SCHEMA 39 /* Grafana 10 and later */

struct row {
	const char *bundle, *metric, *title, *tags;
};

static const struct row rows[] = {
#define PANEL(bundle, metric, title, tags) { #bundle, metric, title, tags },
#include "dashboards/panels.def"
#undef PANEL
};

struct panels {
	struct text *out;
	unsigned int count;
};

/* ---- texts --------------------------------------------------------------- */

static void pair(struct text *out, const char *key, const char *value)
{
	json_key(out, key);
	json_text(out, value, JSON_WHOLE);
}

static void number(struct text *out, const char *key, int64_t value)
{
	json_key(out, key);
	json_i64(out, value);
}

static void flag(struct text *out, const char *key, bool value)
{
	json_key(out, key);
	json_bool(out, value);
}

/* " by (a, b)", the tags as labels, and `more` behind them. */
static void put_by(struct text *out, const char *tags, const char *more)
{
	struct text label = { 0 };
	const char *sign = " by (";
	char key[128];

	while (tags && *tags) {
		size_t length = strcspn(tags, ",");

		if (length < sizeof(key)) {
			memcpy(key, tags, length);
			key[length] = '\0';
			label.length = 0;
			names_label(&label, key);
			text_str(out, sign);
			text_str(out, label.failed ? "_" : label.data);
			sign = ", ";
		}
		tags += length + (tags[length] == ',');
	}
	if (more) {
		text_str(out, sign);
		text_str(out, more);
		sign = ", ";
	}
	text_str(out, sign[0] == ' ' ? " " : ") ");
	text_free(&label);
}

static void put_legend(struct text *out, const char *tags, const char *front)
{
	struct text label = { 0 };
	char key[128];

	text_str(out, front);
	while (tags && *tags) {
		size_t length = strcspn(tags, ",");

		if (length < sizeof(key)) {
			memcpy(key, tags, length);
			key[length] = '\0';
			label.length = 0;
			names_label(&label, key);
			if (out->length)
				text_char(out, ' ');
			text_str(out, "{{");
			text_str(out, label.failed ? "_" : label.data);
			text_str(out, "}}");
		}
		tags += length + (tags[length] == ',');
	}
	text_free(&label);
}

/* Grafana's name for a unit; per second if it is a rate. */
static const char *unit_of(const char *unit, bool rate)
{
	if (!strcmp(unit, "s"))
		return rate ? "short" : "s";
	if (!strcmp(unit, "By"))
		return rate ? "Bps" : "bytes";
	if (!strcmp(unit, "1"))
		return "percentunit";
	return rate ? "ops" : "short";
}

/* ---- targets ------------------------------------------------------------- */

/* Takes expr and legend over. */
static void target(struct text *out, char id, struct text *expr,
		   struct text *legend)
{
	char name[] = { id, '\0' };

	text_char(expr, '\0');
	text_char(legend, '\0');
	json_open(out, '{');
	pair(out, "refId", name);
	pair(out, "expr", expr->failed ? "" : expr->data);
	pair(out, "legendFormat", legend->failed ? "" : legend->data);
	json_close(out, '}');
	out->failed |= expr->failed || legend->failed;
	text_free(expr);
	text_free(legend);
}

static void target_sum(struct text *out, const char *name, const char *suffix,
		       const char *tags, bool rate)
{
	struct text expr = { 0 }, legend = { 0 };

	text_str(&expr, "sum");
	put_by(&expr, tags, NULL);
	text_str(&expr, rate ? "(rate(" : "(");
	text_str(&expr, name);
	text_str(&expr, suffix);
	text_str(&expr, rate ? FILTER RATE "))" : FILTER ")");
	put_legend(&legend, tags, "");
	target(out, 'A', &expr, &legend);
}

static void target_quantile(struct text *out, char id, const char *name,
			    const char *quantile, const char *legend_text)
{
	struct text expr = { 0 }, legend = { 0 };

	text_str(&expr, "histogram_quantile(");
	text_str(&expr, quantile);
	text_str(&expr, ", sum by (le) (rate(");
	text_str(&expr, name);
	text_str(&expr, "_bucket" FILTER RATE ")))");
	text_str(&legend, legend_text);
	target(out, id, &expr, &legend);
}

static void target_summary(struct text *out, const char *name)
{
	struct text expr = { 0 }, legend = { 0 };

	text_str(&expr, "max by (quantile) (");
	text_str(&expr, name);
	text_str(&expr, FILTER ")");
	text_str(&legend, "{{quantile}}");
	target(out, 'A', &expr, &legend);
}

/* ---- panels -------------------------------------------------------------- */

static void open_panel(struct panels *p, const char *title,
		       const char *description, const char *unit)
{
	struct text *out = p->out;

	json_open(out, '{');
	number(out, "id", p->count + 1);
	pair(out, "type", "timeseries");
	pair(out, "title", title);
	pair(out, "description", description);
	json_key(out, "datasource");
	json_open(out, '{');
	pair(out, "type", "prometheus");
	pair(out, "uid", "${datasource}");
	json_close(out, '}');
	json_key(out, "gridPos");
	json_open(out, '{');
	number(out, "x", p->count % 2 * WIDTH);
	number(out, "y", p->count / 2 * HEIGHT);
	number(out, "w", WIDTH);
	number(out, "h", HEIGHT);
	json_close(out, '}');
	json_key(out, "fieldConfig");
	json_open(out, '{');
	json_key(out, "defaults");
	json_open(out, '{');
	pair(out, "unit", unit);
	json_close(out, '}');
	json_key(out, "overrides");
	json_open(out, '[');
	json_close(out, ']');
	json_close(out, '}');
	json_key(out, "targets");
	json_open(out, '[');
	p->count++;
}

static void close_panel(struct panels *p)
{
	json_close(p->out, ']');
	json_close(p->out, '}');
}

static void put_histogram(struct panels *p, const struct telemetry_metric *m,
			  const char *name, const char *title, const char *tags)
{
	struct text second = { 0 };

	open_panel(p, title, m->description, unit_of(m->unit, false));
	target_quantile(p->out, 'A', name, "0.5", "median");
	target_quantile(p->out, 'B', name, "0.95", "95 %");
	target_quantile(p->out, 'C', name, "0.99", "99 %");
	close_panel(p);
	text_str(&second, title);
	text_str(&second, ": how many");
	text_char(&second, '\0');
	open_panel(p, second.failed ? title : second.data, m->description,
		   "ops");
	target_sum(p->out, name, "_count", tags, true);
	close_panel(p);
	text_free(&second);
}

static void put_metric(struct panels *p, const struct telemetry_metric *m,
		       const char *title, const char *tags)
{
	struct text name = { 0 };
	bool rate;

	names_family(&name, m);
	switch (names_type(m)) {
	case FAMILY_HISTOGRAM:
		put_histogram(p, m, name.data, title, tags);
		break;
	case FAMILY_SUMMARY:
		open_panel(p, title, m->description, unit_of(m->unit, false));
		target_summary(p->out, name.data);
		close_panel(p);
		break;
	default:
		rate = names_type(m) == FAMILY_COUNTER;
		open_panel(p, title, m->description, unit_of(m->unit, rate));
		target_sum(p->out, name.data, rate ? "_total" : "", tags, rate);
		close_panel(p);
		break;
	}
	p->out->failed |= name.failed;
	text_free(&name);
}

static bool has_row(const char *metric)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].metric, metric))
			return true;
	return false;
}

/* Those of the console are for its own table. */
static bool is_custom(const struct telemetry_metric *m)
{
	return strncmp(m->name, "telemetry.", 10) != 0 &&
	       strncmp(m->name, "libc.heap.", 10) != 0 && !has_row(m->name);
}

static void put_panels(struct panels *p, const struct telemetry_snapshot *s,
		       const char *bundle)
{
	const struct telemetry_metric *m;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = dashboards_find(s, rows[i].metric);
		if (m && !strcmp(rows[i].bundle, bundle))
			put_metric(p, m, rows[i].title, rows[i].tags);
	}
	if (strcmp(bundle, "custom") != 0)
		return;
	for (i = 0; i < s->metric_count; i++)
		if (is_custom(&s->metrics[i]))
			put_metric(p, &s->metrics[i], s->metrics[i].name,
				   "service.name");
}

/* ---- the dashboard ------------------------------------------------------- */

static void put_variable(struct text *out, const char *name, const char *label,
			 const char *of)
{
	struct text query = { 0 };

	text_str(&query, "label_values(telemetry_prometheus_scrapes_total, ");
	text_str(&query, of);
	text_str(&query, ")");
	text_char(&query, '\0');
	json_open(out, '{');
	pair(out, "name", name);
	pair(out, "label", label);
	pair(out, "type", "query");
	json_key(out, "datasource");
	json_open(out, '{');
	pair(out, "type", "prometheus");
	pair(out, "uid", "${datasource}");
	json_close(out, '}');
	pair(out, "query", query.failed ? "" : query.data);
	number(out, "refresh", 2);
	flag(out, "includeAll", true);
	flag(out, "multi", true);
	pair(out, "allValue", ".*");
	json_close(out, '}');
	text_free(&query);
}

static void put_variables(struct text *out)
{
	json_key(out, "templating");
	json_open(out, '{');
	json_key(out, "list");
	json_open(out, '[');
	json_open(out, '{');
	pair(out, "name", "datasource");
	pair(out, "label", "Data source");
	pair(out, "type", "datasource");
	pair(out, "query", "prometheus");
	json_close(out, '}');
	put_variable(out, "job", "Job", "job");
	put_variable(out, "instance", "Instance", "instance");
	put_variable(out, "service", "Service", "service_name");
	json_close(out, ']');
	json_close(out, '}');
}

bool grafana_put(struct text *out, const struct telemetry_snapshot *snapshot,
		 const char *bundle)
{
	struct panels panels = { .out = out };
	struct text uid = { 0 };

	text_str(&uid, "telemetry-");
	text_str(&uid, bundle);
	text_char(&uid, '\0');
	json_open(out, '{');
	pair(out, "uid", uid.failed ? "" : uid.data);
	pair(out, "title", uid.failed ? "" : uid.data);
	number(out, "schemaVersion", SCHEMA);
	number(out, "version", 1);
	pair(out, "refresh", "30s");
	json_key(out, "tags");
	json_open(out, '[');
	json_text(out, "telemetry", JSON_WHOLE);
	json_close(out, ']');
	json_key(out, "time");
	json_open(out, '{');
	pair(out, "from", "now-1h");
	pair(out, "to", "now");
	json_close(out, '}');
	put_variables(out);
	json_key(out, "panels");
	json_open(out, '[');
	put_panels(&panels, snapshot, bundle);
	json_close(out, ']');
	json_close(out, '}');
	text_newline(out);
	out->failed |= uid.failed;
	text_free(&uid);
	return panels.count > 0;
}
