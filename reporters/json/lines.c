/*
 * lines.c - events and logs as lines of their own.
 */
#include "json/json.h"

#include <string.h>

/* Behind the key, which has its quotes, colon and comma. */
static void put_string(struct text *out, const struct json_record *r,
		       const char *text, struct json_cut *cut)
{
	if (cut->text == JSON_WHOLE)
		json_piece_string(out, json_piece(r->pieces, text));
	else
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

static void put_value(struct text *out, const struct json_record *r,
		      const struct json_piece *key,
		      const struct telemetry_attribute *a, struct json_cut *cut)
{
	if (key->is_secret)
		text_str(out, "\"" JSON_REDACTED "\"");
	else if (a->type == TELEMETRY_ATTRIBUTE_STRING)
		put_string(out, r, a->string, cut);
	else if (a->type == TELEMETRY_ATTRIBUTE_DOUBLE)
		json_double(out, a->number);
	else if (a->type == TELEMETRY_ATTRIBUTE_BOOL)
		json_bool(out, a->integer != 0);
	else
		text_i64(out, a->integer);
}

static const struct json_piece *key_of(const struct json_record *r,
				       const struct json_options *options,
				       const char *name)
{
	struct json_piece *key = json_piece(r->pieces, name);

	if (!key->is_asked)
		json_piece_ask(key, options);
	return key;
}

static void put_fields(struct text *out, const struct json_options *options,
		       const struct json_record *r, bool measurements,
		       struct json_cut *cut)
{
	const struct telemetry_record *record = r->record;
	uint64_t begun_with = 0; /* some letters */
	bool is_first = true;
	size_t i;

	for (i = 0; i < record->attribute_count; i++) {
		const struct telemetry_attribute *a = &record->attributes[i];
		uint64_t letter = (uint64_t)1 << (*a->key & 63);
		const struct json_piece *key;
		bool may_repeat = begun_with & letter;

		if (!a->is_measurement == measurements)
			continue;
		begun_with |= letter;
		key = key_of(r, options, a->key);
		if (!key->is_allowed || (may_repeat && is_repeated(record, i)))
			continue;
		if (cut->bare) {
			cut->happened = true;
			continue;
		}
		json_piece_key(out, key, is_first);
		put_value(out, r, key, a, cut);
		is_first = false;
	}
}

/* The context of a single event is the span around it. */
static void put_ids(struct text *out, const struct json_record *r)
{
	const struct telemetry_record *record = r->record;
	bool is_span = record->kind != TELEMETRY_RECORD_EVENT;

	if (!r->in_trace)
		return;
	text_str(out, ",\"trace_id\":\"");
	text_hex(out, r->trace[0]);
	text_hex(out, r->trace[1]);
	text_str(out, "\",\"span_id\":\"");
	text_hex(out, is_span ? record->span_id : record->parent_span_id);
	if (is_span && record->parent_span_id) {
		text_str(out, "\",\"parent_span_id\":\"");
		text_hex(out, record->parent_span_id);
	}
	text_char(out, '"');
}

static void put_source(struct text *out, const struct json_record *r,
		       struct json_cut *cut)
{
	struct json_source *source =
		json_source(r->pieces, r->process, r->record->thread);
	size_t begin = out->length;

	if (source->length && cut->text == JSON_WHOLE) {
		text_bytes(out, source->bytes, source->length);
		return;
	}
	text_str(out, ",\"service\":");
	put_string(out, r, r->process->service, cut);
	text_str(out, ",\"executable\":");
	put_string(out, r, r->process->executable, cut);
	text_str(out, ",\"pid\":");
	text_u64(out, r->process->pid);
	text_str(out, ",\"tid\":");
	text_u64(out, r->record->thread);
	if (cut->text == JSON_WHOLE)
		json_source_keep(source, out, begin);
}

static void put_end(struct text *out, const struct json_options *options,
		    const struct json_record *r, struct json_cut *cut)
{
	text_str(out, ",\"measurements\":{");
	put_fields(out, options, r, true, cut);
	text_str(out, "},\"metadata\":{");
	put_fields(out, options, r, false, cut);
	text_char(out, '}');
	if (cut->happened || r->record->truncated)
		text_str(out, ",\"truncated\":true");
	text_char(out, '}');
}

static void put_outcome(struct text *out, const struct json_record *r,
			struct json_cut *cut)
{
	const struct telemetry_record *record = r->record;

	text_str(out, ",\"duration\":");
	text_seconds(out, record->duration, 17);
	if (record->kind != TELEMETRY_RECORD_EXCEPTION) {
		text_str(out, ",\"outcome\":\"stop\"");
		return;
	}
	text_str(out, ",\"outcome\":\"exception\",\"kind\":");
	put_string(out, r, record->failure_kind ? record->failure_kind : "",
		   cut);
	text_str(out, ",\"reason\":");
	put_string(out, r, json_failure(record), cut);
}

/* A line of its own: no comma is due. */
static inline void put_begin(struct text *out, const struct json_record *r,
			     uint64_t time, const char *type)
{
	text_str(out, "{\"time\":");
	json_time(out, time);
	text_str(out, ",\"type\":\"");
	text_str(out, type);
	text_str(out, "\",\"level\":\"");
	text_str(out, json_level_names[r->level]);
	text_char(out, '"');
}

static void put_name(struct text *out, const struct json_record *r,
		     struct json_cut *cut)
{
	text_str(out, ",\"name\":");
	put_string(out, r, r->record->name, cut);
}

void json_line_event(struct text *out, const struct json_options *options,
		     const struct json_record *r, struct json_cut *cut)
{
	bool is_span = r->record->kind != TELEMETRY_RECORD_EVENT;

	put_begin(out, r, r->record->time, is_span ? "span" : "event");
	put_name(out, r, cut);
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
	text_str(out, ",\"message\":");
	if (!message.failed)
		cut->happened |= json_text(out, message.data, cut->text);
	out->failed |= message.failed;
	text_free(&message);
	put_name(out, r, cut);
	if (r->record->kind == TELEMETRY_RECORD_EXCEPTION)
		put_outcome(out, r, cut);
	put_ids(out, r);
	put_source(out, r, cut);
	put_end(out, options, r, cut);
}
