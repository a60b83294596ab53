/* alerts.c - rules as Prometheus loads them. */
#include "dashboards/dashboards.h"

#include "common/prometheus_names.h"

#include <string.h>

struct alert {
	const char *bundle, *name, *metric, *expression, *hold, *severity,
		*summary;
};

static const struct alert alerts[] = {
#define ALERT(bundle, name, metric, expression, hold, severity, summary)       \
	{ #bundle, name, metric, expression, hold, severity, summary },
#include "dashboards/alerts.def"
#undef ALERT
};

/* In single quotes, where only a quote is special. */
static void put_quoted(struct text *out, const char *string)
{
	text_char(out, '\'');
	for (; *string; string++) {
		if (*string == '\'')
			text_char(out, '\'');
		text_char(out, *string);
	}
	text_str(out, "'\n");
}

static void put_expression(struct text *out, const struct alert *a,
			   const char *name)
{
	struct text whole = { 0 };
	const char *p;

	for (p = a->expression; *p; p++) {
		if (*p == '%')
			text_str(&whole, name);
		else
			text_char(&whole, *p);
	}
	text_char(&whole, '\0');
	text_str(out, "    expr: ");
	put_quoted(out, whole.failed ? "" : whole.data);
	out->failed |= whole.failed;
	text_free(&whole);
}

static void put_alert(struct text *out, const struct alert *a,
		      const struct telemetry_metric *metric)
{
	struct text name = { 0 };

	names_family(&name, metric);
	text_str(out, "  - alert: ");
	text_str(out, a->name);
	text_newline(out);
	put_expression(out, a, name.failed ? "" : name.data);
	text_str(out, "    for: ");
	text_str(out, a->hold);
	text_str(out, "\n    labels:\n      severity: ");
	text_str(out, a->severity);
	text_str(out, "\n    annotations:\n      summary: ");
	put_quoted(out, a->summary);
	text_free(&name);
}

void alerts_put(struct text *out, const struct telemetry_snapshot *snapshot)
{
	const char *bundle = "";
	size_t i;

	text_str(out, "groups:\n");
	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		const struct alert *a = &alerts[i];
		const struct telemetry_metric *m =
			dashboards_find(snapshot, a->metric);

		if (!m)
			continue;
		if (strcmp(bundle, a->bundle) != 0) {
			bundle = a->bundle;
			text_str(out, "- name: telemetry-");
			text_str(out, bundle);
			text_str(out, "\n  rules:\n");
		}
		put_alert(out, a, m);
	}
}
