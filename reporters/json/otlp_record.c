/*
 * otlp_record.c - spans and log records of OTLP.
 */
#include "json/otlp.h"

#include <string.h>

static void put_value(struct text *out, const struct telemetry_attribute *a,
		      bool is_secret, struct json_cut *cut)
{
	json_key(out, "value");
	json_open(out, '{');
	if (is_secret || a->type == TELEMETRY_ATTRIBUTE_STRING) {
		json_key(out, "stringValue");
		cut->happened |= json_text(
			out, is_secret ? JSON_REDACTED : a->string, cut->text);
	} else if (a->type == TELEMETRY_ATTRIBUTE_DOUBLE) {
		json_key(out, "doubleValue");
		json_double(out, a->number);
	} else if (a->type == TELEMETRY_ATTRIBUTE_BOOL) {
		json_key(out, "boolValue");
		json_bool(out, a->integer != 0);
	} else {
		json_key(out, "intValue");
		json_i64_text(out, a->integer);
	}
	json_close(out, '}');
}

/* A key is there once, whether it is a measurement or not. */
static const struct telemetry_attribute *
find(const struct telemetry_record *record, const char *key, size_t end)
{
	size_t i;

	for (i = 0; i < end; i++)
		if (!strcmp(record->attributes[i].key, key))
			return &record->attributes[i];
	return NULL;
}

static void put_thread(struct text *out, const struct telemetry_record *record)
{
	struct telemetry_attribute a = { .key = "thread.id",
					 .type = TELEMETRY_ATTRIBUTE_INT,
					 .integer = record->thread };

	if (find(record, a.key, record->attribute_count))
		return;
	json_open(out, '{');
	json_key(out, "key");
	json_text(out, a.key, JSON_WHOLE);
	put_value(out, &a, false, NULL);
	json_close(out, '}');
}

static void put_attributes(struct text *out, const struct json_options *options,
			   const struct telemetry_record *record,
			   struct json_cut *cut)
{
	uint64_t left_out = record->truncated ? 1 : 0;
	size_t i;

	json_key(out, "attributes");
	json_open(out, '[');
	put_thread(out, record);
	if (record->kind == TELEMETRY_RECORD_EXCEPTION &&
	    !find(record, "error.type", record->attribute_count))
		otlp_attribute(out, "error.type", json_failure(record), cut);
	for (i = 0; i < record->attribute_count; i++) {
		const struct telemetry_attribute *a = &record->attributes[i];

		if (!json_is_allowed(options, a->key) ||
		    find(record, a->key, i))
			continue;
		if (cut->bare) {
			left_out++;
			continue;
		}
		json_open(out, '{');
		json_key(out, "key");
		json_text(out, a->key, JSON_WHOLE);
		put_value(out, a, json_is_secret(options, a->key), cut);
		json_close(out, '}');
	}
	json_close(out, ']');
	if (left_out) {
		json_key(out, "droppedAttributesCount");
		json_u64(out, left_out);
	}
}

/* SpanKind: CLIENT where somebody else is asked. */
static int span_kind(const char *name)
{
	if (!strncmp(name, "db.", 3) || !strcmp(name, "libc.socket.connect"))
		return 3;
	return strcmp(name, "libc.socket.accept") == 0 ? 2 : 1;
}

static const char *span_name(const struct telemetry_record *record)
{
	const struct telemetry_attribute *summary =
		find(record, "db.query.summary", record->attribute_count);

	return summary && summary->type == TELEMETRY_ATTRIBUTE_STRING &&
			       *summary->string
		       ? summary->string
		       : record->name;
}

static void put_ids(struct text *out, const struct json_record *r,
		    uint64_t span_id)
{
	json_key(out, "traceId");
	json_id(out, r->trace, 2);
	json_key(out, "spanId");
	json_id(out, &span_id, 1);
}

static void put_span(struct text *out, const struct json_options *options,
		     const struct json_record *r, struct json_cut *cut)
{
	const struct telemetry_record *record = r->record;

	json_open(out, '{');
	put_ids(out, r, record->span_id);
	if (record->parent_span_id) {
		json_key(out, "parentSpanId");
		json_id(out, &record->parent_span_id, 1);
	}
	json_key(out, "name");
	json_text(out, span_name(record), cut->text);
	json_key(out, "kind");
	json_u64(out, (uint64_t)span_kind(record->name));
	json_key(out, "startTimeUnixNano");
	json_u64_text(out, record->time);
	json_key(out, "endTimeUnixNano");
	json_u64_text(out, record->time + record->duration);
	put_attributes(out, options, record, cut);
	json_key(out, "status");
	json_open(out, '{');
	if (record->kind == TELEMETRY_RECORD_EXCEPTION) {
		json_key(out, "code");
		json_u64(out, 2);
	}
	json_close(out, '}');
	json_close(out, '}');
}

static void put_log(struct text *out, const struct json_options *options,
		    const struct json_record *r, struct json_cut *cut)
{
	static const int severity[] = { 5, 9, 13, 17 };
	static const char *const names[] = { "DEBUG", "INFO", "WARN", "ERROR" };
	const struct telemetry_record *record = r->record;
	struct text message = { 0 };

	json_open(out, '{');
	json_key(out, "timeUnixNano");
	json_u64_text(out, record->time + record->duration);
	json_key(out, "observedTimeUnixNano");
	json_u64_text(out, record->time + record->duration);
	json_key(out, "severityNumber");
	json_u64(out, (uint64_t)severity[r->level]);
	json_key(out, "severityText");
	json_text(out, names[r->level], JSON_WHOLE);
	json_key(out, "eventName");
	json_text(out, record->name, cut->text);
	json_key(out, "body");
	json_open(out, '{');
	json_key(out, "stringValue");
	json_message(&message, record);
	json_text(out, message.failed ? "" : message.data, cut->text);
	text_free(&message);
	json_close(out, '}');
	put_attributes(out, options, record, cut);
	if (r->in_trace)
		put_ids(out, r,
			record->kind == TELEMETRY_RECORD_EVENT
				? record->parent_span_id
				: record->span_id);
	json_close(out, '}');
}

static void put(struct otlp *o, const struct json_record *r,
		void (*fn)(struct text *, const struct json_options *,
			   const struct json_record *, struct json_cut *))
{
	int i;

	for (i = 0; i < JSON_CUTS; i++) {
		struct json_cut cut = json_cuts[i];

		o->item.length = 0;
		fn(&o->item, o->options, r, &cut);
		if (otlp_put_item(o))
			return;
	}
	o->too_long++;
}

void otlp_add_span(struct otlp *o, const struct json_record *r)
{
	put(o, r, put_span);
}

void otlp_add_log(struct otlp *o, const struct json_record *r)
{
	put(o, r, put_log);
}
