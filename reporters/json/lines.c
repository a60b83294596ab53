/*
 * lines.c - events and logs as lines of their own.
 */
#include "json/json.h"

#include <string.h>

static void put_text(struct text *out, const char *key, const char *text,
		     struct json_cut *cut)
{
	json_key(out, key);
	cut->happened |= json_text(out, text, cut->text);
}

static bool is_repeated(const struct telemetry_record *record, size_t index)
{
	const struct telemetry_attribute *list = record->attributes;
	size_t i;

	for (i = 0; i < index; i++)
		if (*list[i].key == *list[index].key &&
		    !list[i].is_measurement == !list[index].is_measurement &&
		    !strcmp(list[i].key, list[index].key))
			return true;
	return false;
}

static void put_value(struct text *out, const struct json_options *options,
		      const struct telemetry_attribute *a, struct json_cut *cut)
{
	if (json_is_secret(options, a->key))
		json_text(out, JSON_REDACTED, JSON_WHOLE);
	else if (a->type == TELEMETRY_ATTRIBUTE_STRING)
		cut->happened |= json_text(out, a->string, cut->text);
	else if (a->type == TELEMETRY_ATTRIBUTE_DOUBLE)
		json_double(out, a->number);
	else if (a->type == TELEMETRY_ATTRIBUTE_BOOL)
		json_bool(out, a->integer != 0);
	else
		json_i64(out, a->integer);
}

static void put_fields(struct text *out, const struct json_options *options,
		       const struct telemetry_record *record, bool measurements,
		       struct json_cut *cut)
{
	size_t i;

	json_key(out, measurements ? "measurements" : "metadata");
	json_open(out, '{');
	for (i = 0; i < record->attribute_count; i++) {
		const struct telemetry_attribute *a = &record->attributes[i];

		if (!a->is_measurement == measurements ||
		    !json_is_allowed(options, a->key) || is_repeated(record, i))
			continue;
		if (cut->bare) {
			cut->happened = true;
			continue;
		}
		json_key(out, a->key);
		put_value(out, options, a, cut);
	}
	json_close(out, '}');
}

/* The context of a single event is the span around it. */
static void put_ids(struct text *out, const struct json_record *r)
{
	const struct telemetry_record *record = r->record;
	bool is_span = record->kind != TELEMETRY_RECORD_EVENT;
	const uint64_t *span =
		is_span ? &record->span_id : &record->parent_span_id;

	if (!r->in_trace)
		return;
	json_key(out, "trace_id");
	json_id(out, r->trace, 2);
	json_key(out, "span_id");
	json_id(out, span, 1);
	if (is_span && record->parent_span_id) {
		json_key(out, "parent_span_id");
		json_id(out, &record->parent_span_id, 1);
	}
}

static void put_source(struct text *out, const struct json_record *r,
		       struct json_cut *cut)
{
	put_text(out, "service", r->process->service, cut);
	put_text(out, "executable", r->process->executable, cut);
	json_key(out, "pid");
	json_u64(out, r->process->pid);
	json_key(out, "tid");
	json_u64(out, r->record->thread);
}

static void put_end(struct text *out, const struct json_options *options,
		    const struct json_record *r, struct json_cut *cut)
{
	put_fields(out, options, r->record, true, cut);
	put_fields(out, options, r->record, false, cut);
	if (cut->happened || r->record->truncated) {
		json_key(out, "truncated");
		json_bool(out, true);
	}
	json_close(out, '}');
}

static void put_outcome(struct text *out, const struct json_record *r,
			struct json_cut *cut)
{
	const struct telemetry_record *record = r->record;
	bool failed = record->kind == TELEMETRY_RECORD_EXCEPTION;

	json_key(out, "duration");
	json_seconds(out, record->duration);
	json_key(out, "outcome");
	json_text(out, failed ? "exception" : "stop", JSON_WHOLE);
	if (!failed)
		return;
	put_text(out, "kind", record->failure_kind ? record->failure_kind : "",
		 cut);
	put_text(out, "reason", json_failure(record), cut);
}

static void put_begin(struct text *out, const struct json_record *r,
		      uint64_t time, const char *type)
{
	json_open(out, '{');
	json_key(out, "time");
	json_time(out, time);
	json_key(out, "type");
	json_text(out, type, JSON_WHOLE);
	json_key(out, "level");
	json_text(out, json_level_names[r->level], JSON_WHOLE);
}

void json_line_event(struct text *out, const struct json_options *options,
		     const struct json_record *r, struct json_cut *cut)
{
	bool is_span = r->record->kind != TELEMETRY_RECORD_EVENT;

	put_begin(out, r, r->record->time, is_span ? "span" : "event");
	put_text(out, "name", r->record->name, cut);
	if (is_span)
		put_outcome(out, r, cut);
	put_ids(out, r);
	put_source(out, r, cut);
	put_end(out, options, r, cut);
}

/* At the time of the failure, not of the beginning of what failed. */
void json_line_log(struct text *out, const struct json_options *options,
		   const struct json_record *r, struct json_cut *cut)
{
	struct text message = { 0 };

	put_begin(out, r, r->record->time + r->record->duration, "log");
	json_message(&message, r->record);
	if (!message.failed)
		put_text(out, "message", message.data, cut);
	out->failed |= message.failed;
	text_free(&message);
	put_text(out, "name", r->record->name, cut);
	if (r->record->kind == TELEMETRY_RECORD_EXCEPTION)
		put_outcome(out, r, cut);
	put_ids(out, r);
	put_source(out, r, cut);
	put_end(out, options, r, cut);
}
