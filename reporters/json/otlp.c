/*
 * otlp.c - lines of OTLP: envelopes that are filled up to the longest line.
 *
 * What the items look like is in otlp_record.c and otlp_metric.c.
 */
#include "json/otlp.h"

#include <string.h>

#define SCHEMA "https://opentelemetry.io/schemas/1.44.0"

static const struct {
	const char *resource, *scope, *items, *tail;
} names[] = {
	[OTLP_TRACES] = { "resourceSpans", "scopeSpans", "spans",
			  "]}],\"schemaUrl\":\"" SCHEMA "\"}]}\n" },
	[OTLP_LOGS] = { "resourceLogs", "scopeLogs", "logRecords",
			"]}],\"schemaUrl\":\"" SCHEMA "\"}]}\n" },
	[OTLP_METRICS] = { "resourceMetrics", "scopeMetrics", "metrics",
			   "]}],\"schemaUrl\":\"" SCHEMA "\"}]}\n" },
};

void otlp_attribute(struct text *out, const char *key, const char *value,
		    struct json_cut *cut)
{
	json_open(out, '{');
	json_key(out, "key");
	json_text(out, key, JSON_WHOLE);
	json_key(out, "value");
	json_open(out, '{');
	json_key(out, "stringValue");
	cut->happened |= json_text(out, value, cut->text);
	json_close(out, '}');
	json_close(out, '}');
}

static void put_pid(struct text *out, const struct telemetry_process *p)
{
	json_open(out, '{');
	json_key(out, "key");
	json_text(out, "process.pid", JSON_WHOLE);
	json_key(out, "value");
	json_open(out, '{');
	json_key(out, "intValue");
	json_i64_text(out, (int64_t)p->pid);
	json_close(out, '}');
	json_close(out, '}');
}

static bool is_ours(const char *key)
{
	static const char *const keys[] = { "service.name", "process.pid",
					    "process.executable.path",
					    "telemetry.sdk.name" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static bool is_repeated(const struct telemetry_tag *list, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(list[i].key, list[index].key))
			return true;
	return false;
}

/* What one process was, or all that are added up have in common. */
static void put_resource(struct text *out, const struct json_options *options,
			 const struct telemetry_process *p)
{
	struct json_cut cut = { .text = 128 };
	size_t i;

	json_key(out, "resource");
	json_open(out, '{');
	json_key(out, "attributes");
	json_open(out, '[');
	otlp_attribute(out, "service.name", p->service, &cut);
	otlp_attribute(out, "process.executable.path", p->executable, &cut);
	otlp_attribute(out, "telemetry.sdk.name", "libtelemetry_shim", &cut);
	if (p->count == 1)
		put_pid(out, p);
	for (i = 0; i < p->attribute_count; i++) {
		const struct telemetry_tag *tag = &p->attributes[i];

		/* Half of a line has to be left for what is in it. */
		if (!is_ours(tag->key) && !is_repeated(p->attributes, i) &&
		    out->length + strlen(tag->key) < options->max_line / 4)
			otlp_attribute(out, tag->key,
				       json_is_secret(options, tag->key)
					       ? JSON_REDACTED
					       : tag->value,
				       &cut);
	}
	json_close(out, ']');
	json_close(out, '}');
}

void otlp_begin(struct otlp *o, enum otlp_kind kind,
		const struct telemetry_process *process)
{
	struct text *head = &o->head;

	text_free(head);
	json_open(head, '{');
	json_key(head, names[kind].resource);
	json_open(head, '[');
	json_open(head, '{');
	put_resource(head, o->options, process);
	json_key(head, names[kind].scope);
	json_open(head, '[');
	json_open(head, '{');
	json_key(head, "scope");
	json_open(head, '{');
	json_key(head, "name");
	json_text(head, "libtelemetry_shim", JSON_WHOLE);
	json_close(head, '}');
	json_key(head, names[kind].items);
	json_open(head, '[');
	o->tail = names[kind].tail;
	otlp_set_group(o, NULL);
}

static void end_group(struct otlp *o)
{
	if (o->group_is_open)
		text_str(o->out, o->group_tail);
	o->group_is_open = false;
}

void otlp_end(struct otlp *o)
{
	end_group(o);
	if (o->is_open)
		text_str(o->out, o->tail);
	o->is_open = false;
}

void otlp_set_group(struct otlp *o, const char *tail)
{
	end_group(o);
	o->group_tail = tail ? tail : "";
	text_free(&o->group);
}

static void add(struct otlp *o, const struct text *text)
{
	char last = o->out->length ? o->out->data[o->out->length - 1] : '\n';

	if (o->is_open && !strchr("[{:\n", last))
		text_char(o->out, ',');
	text_bytes(o->out, text->data, text->length);
	o->out->failed |= text->failed;
}

bool otlp_put_item(struct otlp *o)
{
	size_t ends = strlen(o->tail) + strlen(o->group_tail);
	size_t begin = o->group_is_open ? 0 : o->group.length + 1;
	size_t most = o->options->max_line;

	if (o->head.length + o->group.length + o->item.length + ends > most)
		return false;
	if (o->is_open &&
	    o->out->length - o->line + 1 + begin + o->item.length + ends > most)
		otlp_end(o);
	if (!o->is_open) {
		o->line = o->out->length;
		add(o, &o->head);
		o->is_open = true;
	}
	if (!o->group_is_open && o->group.length) {
		add(o, &o->group);
		o->group_is_open = true;
	}
	add(o, &o->item);
	return true;
}

void otlp_free(struct otlp *o)
{
	text_free(&o->head);
	text_free(&o->group);
	text_free(&o->item);
}
