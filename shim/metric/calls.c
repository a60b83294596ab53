/*
 * calls.c - runs the functions of a definition, and counts when they fail.
 */
#include "metric/calls.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/segment.h"
#include "event/api.h"
#include "metric/cells.h"
#include "metric/condition.h"
#include "metric/extract.h"
#include "metric/tag_set.h"
#include "metric/trace.h"

#include <errno.h>
#include <string.h>

/* What every function is given. */
struct call {
	struct attachment *attachment;
	const struct metric_calls *calls;
	const struct occurrence *occurrence;
};

static COLD bool failed(const struct call *call, const char *which, int result)
{
	struct metric *m = call->attachment->metric;
	char memory[40];
	struct buf why = BUF(memory);

	buf_printf(&why, "function %s failed", which);
	trace_skip(call->attachment, call->occurrence, memory);
	segment_drop(DROP_FUNCTION, 1);
	if (!__atomic_exchange_n(&m->told, true, __ATOMIC_RELAXED))
		log_error("metric \"%s\": its function %s failed on event %s: "
			  "it returned %d, expected 0 or more; it takes "
			  "nothing from such an event",
			  m->definition.name, which,
			  call->occurrence->event->name->text, result);
	return false;
}

static bool choose(const struct call *call, telemetry_choice function,
		   const char *which, bool wanted)
{
	const struct occurrence *o = call->occurrence;
	int result = function(o->event->name->text, &o->measurements,
			      &o->metadata, call->calls->config);

	if (result < 0)
		return failed(call, which, result);
	if ((result > 0) == wanted)
		return true;
	trace_skip(call->attachment, o,
		   wanted ? "dropped by keep" : "dropped by drop");
	return false;
}

static bool keeps(const struct call *call)
{
	if (call->calls->keep)
		return choose(call, call->calls->keep, "keep", true);
	if (call->calls->drop)
		return choose(call, call->calls->drop, "drop", false);
	if (call->attachment->metric->definition.condition_count == 0 ||
	    condition_keeps(call->attachment, call->occurrence))
		return true;
	trace_skip(call->attachment, call->occurrence, "dropped by conditions");
	return false;
}

static bool measure(const struct call *call, struct measure *measure)
{
	const struct metric *m = call->attachment->metric;
	const struct occurrence *o = call->occurrence;
	struct telemetry_value value = { .type = TELEMETRY_NULL };
	int result;

	if (m->source == MEASURE_NONE)
		return true;
	if (!call->calls->measure)
		return trace_measure(call->attachment, o, measure);
	result =
		call->calls->measure(o->event->name->text, &o->measurements,
				     &o->metadata, &value, call->calls->config);
	if (result < 0)
		return failed(call, "measure", result);
	if (extract_number(call->attachment, o, &value, measure))
		return true;
	if (value.type == TELEMETRY_STRING && !value.as.string)
		value.length = 0;
	trace_no_number(call->attachment, o, &value);
	return false;
}

/* False: it failed. */
static bool ask(const struct call *call, telemetry_tag_function function,
		const char *which, struct telemetry_tag_set *tags)
{
	const struct occurrence *o = call->occurrence;
	struct telemetry_field *room = tags->fields;
	uint32_t most = tags->most, i;
	int result = function(o->event->name->text, &o->measurements,
			      &o->metadata, tags, call->calls->config);

	if (result < 0)
		return failed(call, which, result);
	if (tags->count > most || tags->fields != room ||
	    !api_fields_are_valid(tags->fields, tags->count))
		return failed(call, which, -EINVAL);
	for (i = 0; i < tags->count; i++)
		tags->fields[i].value.flags = 0;
	return true;
}

static NOINLINE void record_set(const struct call *call,
				const struct measure *value)
{
	struct telemetry_field fields[METRIC_TAGS_MAX];
	char text[TELEMETRY_TAG_TEXT_MAX];
	struct telemetry_tag_set tags = { .struct_size = sizeof(tags),
					  .most = ARRAY_SIZE(fields),
					  .text_size = sizeof(text),
					  .fields = fields,
					  .text = text };
	struct tag_set set;

	if (ask(call, call->calls->tag_set, "tag_set", &tags) &&
	    tag_set_make(&set, call->attachment->metric, fields, tags.count)) {
		cells_record_set(call->attachment, call->occurrence, &set,
				 value);
		trace_take(call->attachment, call->occurrence, value, &set);
	}
}

/* Under the key of the tag that it is for, which is compared by address. */
static const struct symbol *key_of(const struct metric *metric, const char *key)
{
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++)
		if (metric->tags[i].key &&
		    strcmp(metric->tags[i].key->text, key) == 0)
			return metric->tags[i].key;
	return NULL;
}

static void record(struct attachment *attachment, const struct occurrence *o,
		   const struct measure *value)
{
	if (attachment->metric->expire)
		cells_record_expiring(attachment, o, value);
	else
		cells_record(attachment, o, value);
	trace_take(attachment, o, value, NULL);
}

#define MADE_MAX 12 /* more than tags: the rest has no effect */

/* The values that were made in front of the metadata that there is. */
static NOINLINE void record_values(const struct call *call,
				   const struct measure *value)
{
	struct telemetry_field fields[METRIC_TAGS_MAX + TELEMETRY_FIELDS_MAX];
	struct telemetry_field made[MADE_MAX];
	char text[TELEMETRY_TAG_TEXT_MAX];
	struct telemetry_tag_set tags = { .struct_size = sizeof(tags),
					  .most = MADE_MAX,
					  .text_size = sizeof(text),
					  .fields = made,
					  .text = text };
	struct occurrence o = *call->occurrence;
	const struct symbol *key;
	uint32_t i, n = 0;

	if (!ask(call, call->calls->tag_values, "tag_values", &tags))
		return;
	for (i = 0; i < tags.count && n < METRIC_TAGS_MAX; i++) {
		key = key_of(call->attachment->metric, made[i].key);
		if (!key)
			continue;
		fields[n] = made[i];
		fields[n++].key = key->text;
	}
	for (i = 0; i < o.metadata.count && n < ARRAY_SIZE(fields); i++)
		fields[n++] = o.metadata.items[i];
	o.metadata = (struct telemetry_fields){ fields, n };
	record(call->attachment, &o, value);
}

int calls_on_event(const char *event UNUSED,
		   const struct telemetry_fields *measurements,
		   const struct telemetry_fields *metadata UNUSED, void *config)
{
	struct attachment *attachment = config;
	struct call call = {
		.attachment = attachment,
		.calls = &attachment->metric->calls,
		.occurrence = CONTAINER_OF(measurements, struct occurrence,
					   measurements),
	};
	struct measure value = { 0 };

	if (!keeps(&call) || !measure(&call, &value))
		return 0;
	if (call.calls->tag_set)
		record_set(&call, &value);
	else if (call.calls->tag_values)
		record_values(&call, &value);
	else
		record(attachment, call.occurrence, &value);
	return 0;
}
