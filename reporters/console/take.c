/*
 * take.c - what a metric took from an event, in a line below it.
 *
 *     vm.memory.binary (last_value): binary = 100 By {k="v"}
 *
 * The shim makes such records if the mode asks for them; they are finished: the
 * value is converted, the tags are those of the series.
 */
#include "console/console.h"

#include <string.h>

#define EVENT "telemetry.metric.take"

bool take_is_one(const struct telemetry_record *record)
{
	return record->kind == TELEMETRY_RECORD_EVENT &&
	       strcmp(record->name, EVENT) == 0;
}

static const struct telemetry_attribute *
find(const struct telemetry_record *record, const char *key)
{
	size_t i;

	for (i = 0; i < record->attribute_count; i++)
		if (strcmp(record->attributes[i].key, key) == 0)
			return &record->attributes[i];
	return NULL;
}

static const char *text_of(const struct telemetry_record *record,
			   const char *key)
{
	const struct telemetry_attribute *a = find(record, key);

	return a && a->type == TELEMETRY_ATTRIBUTE_STRING && a->string
		       ? a->string
		       : "";
}

const char *take_event(const struct telemetry_record *record)
{
	return text_of(record, "event_name");
}

static void write_value(struct text *out, const struct telemetry_record *record)
{
	const struct telemetry_attribute *value = find(record, "value");
	const char *unit = text_of(record, "unit");

	if (!value)
		return;
	text_char(out, ' ');
	text_plain(out, text_of(record, "measurement"), CONSOLE_WIDTH);
	text_str(out, " = ");
	text_double(out, value->number, 16);
	if (*unit) {
		text_char(out, ' ');
		text_plain(out, unit, CONSOLE_WIDTH);
	}
}

void take_write(struct text *out, const struct telemetry_record *record)
{
	const char *skipped = text_of(record, "skipped");

	text_str(out, "    ");
	text_plain(out, text_of(record, "metric"), CONSOLE_WIDTH);
	text_str(out, " (");
	text_plain(out, text_of(record, "type"), CONSOLE_WIDTH);
	text_str(out, "):");
	if (*skipped) {
		text_str(out,
			 strncmp(skipped, "dropped", 7) ? " skipped, " : " ");
		text_plain(out, skipped, CONSOLE_WIDTH);
	} else {
		write_value(out, record);
		text_str(out, " {");
		text_plain(out, text_of(record, "tags"), CONSOLE_WIDTH * 3);
		text_char(out, '}');
	}
	text_newline(out);
}
