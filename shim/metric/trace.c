/*
 * trace.c - tells the recorder what metrics take.
 */
#include "metric/trace.h"

#include "base/arena.h"
#include "base/buf.h"
#include "metric/cells.h"
#include "metric/condition.h"
#include "metric/field.h"
#include "metric/unit.h"

#include <string.h>

#define EVENT "telemetry.metric.take"
#define TEXT_MAX 256

static void (*sink)(const struct occurrence *occurrence);
static struct event *event;

/* An occurrence of the event that is being made. */
struct take {
	struct telemetry_field value[1], metadata[8];
	size_t value_count, count;
};

void trace_start(void (*to)(const struct occurrence *occurrence))
{
	event = event_intern(EVENT, sizeof(EVENT) - 1);
	if (event)
		sink = to;
}

bool trace_is_on(void)
{
	return sink != NULL;
}

static const struct symbol *type_of(const struct metric *metric)
{
	static const struct symbol *const types[] = {
		[METRIC_COUNTER] = &SYM_counter,
		[METRIC_SUM] = &SYM_sum,
		[METRIC_LAST_VALUE] = &SYM_last_value,
		[METRIC_SUMMARY] = &SYM_summary,
		[METRIC_DISTRIBUTION] = &SYM_distribution,
	};

	return types[metric->type];
}

static void add(struct take *take, struct telemetry_field field)
{
	take->metadata[take->count++] = field;
}

static void add_text(struct take *take, const struct symbol *key,
		     const char *text)
{
	add(take, field_text(key, text, strlen(text)));
}

static void describe(struct take *take, const struct metric *m,
		     const struct occurrence *o)
{
	take->count = take->value_count = 0;
	add(take, field_symbol(&SYM_event_name, o->event->name));
	add_text(take, &SYM_metric, m->definition.name);
	add(take, field_symbol(&SYM_type, type_of(m)));
	if (m->source == MEASURE_CALL)
		add_text(take, &SYM_measurement, "[via fn]");
	else if (m->measurement)
		add(take, field_symbol(&SYM_measurement, m->measurement));
	if (m->definition.unit[0])
		add_text(take, &SYM_unit, m->definition.unit);
}

/* Behind the event and those defined before it: records are put in order of
 * time. */
static void tell(const struct take *take, const struct metric *m,
		 const struct occurrence *o)
{
	const struct occurrence made = {
		.event = event,
		.measurements = { take->value, take->value_count },
		.metadata = { take->metadata, take->count },
		.interned_keys = true,
		.time = o->time + 1 + m->order,
	};

	sink(&made);
}

static void put_tag(struct buf *out, const char *key,
		    const struct tag_text *text)
{
	buf_str(out, out->length ? ", " : "");
	buf_str(out, key);
	buf_str(out, "=\"");
	buf_bytes(out, text->text, text->length);
	buf_char(out, '"');
}

static void put_set(struct buf *out, const struct tag_set *set)
{
	uint32_t i;

	for (i = 0; i < set->count; i++)
		put_tag(out, set->keys[i]->text, &set->texts[i]);
}

/* False: one is missing, and the metric skips such events. */
static bool put_tags(struct buf *out, struct attachment *attachment,
		     const struct occurrence *occurrence)
{
	const struct metric *m = attachment->metric;
	struct tag_text texts[METRIC_TAGS_MAX];
	void *room = m->room ? arena_alloc(m->room) : NULL;
	uint32_t empty, i;
	bool taken;

	if (m->room && !room)
		return true;
	taken = extract_texts(attachment, occurrence, room, texts, &empty) != 0;
	for (i = 0; taken && i < m->tag_count; i++)
		put_tag(out, m->definition.tags[i]->text, &texts[i]);
	if (room)
		arena_free(room, m->room);
	return taken;
}

static double converted(const struct metric *m, const struct measure *measure)
{
	const struct metric_definition *d = &m->definition;

	return measure->is_integer
		       ? unit_convert(measure->integer, d->numerator,
				      d->denominator)
		       : unit_convert_real(measure->real, d->numerator,
					   d->denominator);
}

void trace_skip(struct attachment *attachment,
		const struct occurrence *occurrence, const char *why)
{
	struct take take;

	if (!sink)
		return;
	describe(&take, attachment->metric, occurrence);
	add_text(&take, &SYM_skipped, why);
	tell(&take, attachment->metric, occurrence);
}

void trace_take(struct attachment *attachment,
		const struct occurrence *occurrence,
		const struct measure *measure, const struct tag_set *set)
{
	const struct metric *m = attachment->metric;
	char memory[TEXT_MAX];
	struct buf tags = BUF(memory);
	struct take take;

	if (!sink)
		return;
	if (set) {
		put_set(&tags, set);
	} else if (!put_tags(&tags, attachment, occurrence)) {
		trace_skip(attachment, occurrence, "a tag is missing");
		return;
	}
	describe(&take, m, occurrence);
	if (m->source != MEASURE_NONE) {
		take.value[0] = (struct telemetry_field){
			.key = SYM_value.text,
			.value = { .type = TELEMETRY_DOUBLE,
				   .as.f64 = converted(m, measure) },
		};
		take.value_count = 1;
	}
	if (tags.length)
		add(&take, field_text(&SYM_tags, memory, tags.length));
	tell(&take, m, occurrence);
}

static const char *key_of(const struct metric *metric)
{
	return metric->source == MEASURE_CALL ? "[via fn]"
					      : metric->measurement->text;
}

static bool is_finite(const struct telemetry_value *value)
{
	if (value->type == TELEMETRY_DOUBLE)
		return value->as.f64 - value->as.f64 == 0;
	return value->type != TELEMETRY_STRING &&
	       value->type != TELEMETRY_POINTER;
}

void trace_no_number(struct attachment *attachment,
		     const struct occurrence *occurrence,
		     const struct telemetry_value *value)
{
	char memory[TEXT_MAX];
	struct buf why = BUF(memory);
	struct tag_text text;

	if (!sink)
		return;
	buf_str(&why, key_of(attachment->metric));
	if (!value || value->type == TELEMETRY_NULL) {
		buf_str(&why, " is missing");
	} else {
		extract_text(value, &text);
		buf_str(&why, is_finite(value) ? " may not be negative: "
					       : " is not a number: ");
		buf_bytes(&why, text.text, text.length);
	}
	trace_skip(attachment, occurrence, memory);
}

bool trace_measure(struct attachment *attachment, const struct occurrence *o,
		   struct measure *measure)
{
	const struct metric *m = attachment->metric;
	uint8_t hint = 0;

	if (m->source == MEASURE_NONE ||
	    extract_measure(attachment, o, measure))
		return true;
	if (!sink)
		return false;
	trace_no_number(attachment, o,
			field_find(&o->measurements, m->measurement,
				   o->interned_keys, &hint));
	return false;
}

void trace_on_event(const struct occurrence *occurrence, void *config)
{
	struct attachment *attachment = config;
	const struct metric *m = attachment->metric;
	struct measure value = { 0 };

	if (m->definition.condition_count &&
	    !condition_keeps(attachment, occurrence)) {
		trace_skip(attachment, occurrence,
			   m->definition.drops ? "dropped by drop"
					       : "dropped by keep");
		return;
	}
	if (!trace_measure(attachment, occurrence, &value))
		return;
	if (m->expire)
		cells_record_expiring(attachment, occurrence, &value);
	else
		cells_record(attachment, occurrence, &value);
	trace_take(attachment, occurrence, &value, NULL);
}
