/*
 * events.c - one line per event: two for a span, and one for each metric that
 * took something, if they are wanted.
 *
 *   12:00:01.123456Z curl[4711] libc.socket.connect.stop duration=132us fd=5
 *
 * Times are UTC.  A record is written when a span ends, so the line of its
 * start is made of that too; `span` tells which belong together.
 */
#include "console/console.h"

#include "common/glob.h"

#include <stdlib.h>
#include <string.h>

struct line {
	uint64_t time;
	const struct telemetry_record *record;
	bool is_start;
};

/* A start before an end of the same time, else as they come. */
static int compare(const void *left, const void *right)
{
	const struct line *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->is_start != b->is_start)
		return a->is_start ? -1 : 1;
	if (a->record == b->record)
		return 0;
	return a->record < b->record ? -1 : 1;
}

static void write_time(struct text *out, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000 % 86400;

	text_digits(out, seconds / 3600, 2);
	text_char(out, ':');
	text_digits(out, seconds / 60 % 60, 2);
	text_char(out, ':');
	text_digits(out, seconds % 60, 2);
	text_char(out, '.');
	text_digits(out, ns % 1000000000 / 1000, 6);
	text_char(out, 'Z');
}

static void write_attribute(struct text *out,
			    const struct telemetry_attribute *a)
{
	text_char(out, ' ');
	text_plain(out, a->key, CONSOLE_WIDTH);
	text_char(out, '=');
	switch (a->type) {
	case TELEMETRY_ATTRIBUTE_STRING:
		text_quoted(out, a->string ? a->string : "");
		break;
	case TELEMETRY_ATTRIBUTE_INT:
		text_i64(out, a->integer);
		break;
	case TELEMETRY_ATTRIBUTE_DOUBLE:
		text_fixed(out, a->number, 6);
		break;
	case TELEMETRY_ATTRIBUTE_BOOL:
		text_str(out, a->integer ? "true" : "false");
		break;
	}
}

static void write_text(struct text *out, const char *key, const char *value)
{
	if (!value)
		return;
	text_char(out, ' ');
	text_str(out, key);
	text_char(out, '=');
	text_quoted(out, value);
}

static void write_id(struct text *out, const char *key, uint64_t id)
{
	if (!id)
		return;
	text_char(out, ' ');
	text_str(out, key);
	text_char(out, '=');
	text_hex(out, id);
}

/* "name", "name.start", "name.stop", "name.exception". */
static const char *suffix(const struct telemetry_record *record, bool is_start)
{
	if (record->kind == TELEMETRY_RECORD_EVENT)
		return "";
	if (is_start)
		return ".start";
	return record->kind == TELEMETRY_RECORD_STOP ? ".stop" : ".exception";
}

static void write_line(struct text *out, const struct telemetry_batch *batch,
		       const struct line *line)
{
	const struct telemetry_record *r = line->record;
	const struct telemetry_process *p = &batch->processes[r->process];
	size_t i;

	write_time(out, line->time);
	text_char(out, ' ');
	text_plain(out, console_base_name(p->executable), CONSOLE_WIDTH);
	text_char(out, '[');
	text_u64(out, p->pid);
	text_str(out, "] ");
	text_plain(out, r->name, CONSOLE_WIDTH);
	text_str(out, suffix(r, line->is_start));
	if (!line->is_start && r->kind != TELEMETRY_RECORD_EVENT) {
		text_str(out, " duration=");
		text_duration(out, (double)r->duration / 1e9);
	}
	if (!line->is_start) {
		write_text(out, "kind", r->failure_kind);
		write_text(out, "reason", r->failure_reason);
		for (i = 0; i < r->attribute_count; i++)
			write_attribute(out, &r->attributes[i]);
	}
	write_id(out, "span", r->span_id);
	write_id(out, "parent", r->parent_span_id);
	if (r->truncated && !line->is_start)
		text_str(out, " (more did not fit)");
	text_newline(out);
}

/* The name of an event, or of the end of a span. */
static bool is_chosen_end(const char *globs, const char *name)
{
	static const char *const ends[] = { ".start", ".stop", ".exception" };
	size_t length = strlen(name), n, i;
	struct text span = { 0 };
	bool chosen = glob_chooses(globs, name);

	for (i = 0; i < sizeof(ends) / sizeof(*ends) && !chosen; i++) {
		n = strlen(ends[i]);
		if (length <= n || strcmp(name + length - n, ends[i]) != 0)
			continue;
		text_bytes(&span, name, length - n);
		text_char(&span, '\0');
		chosen = !span.failed && glob_chooses(globs, span.data);
	}
	text_free(&span);
	return chosen;
}

static bool is_chosen(const char *globs, const struct telemetry_record *record,
		      bool is_start)
{
	struct text name = { 0 };
	bool chosen;

	if (globs && take_is_one(record))
		return is_chosen_end(globs, take_event(record));
	if (!globs || glob_chooses(globs, record->name))
		return true;
	text_str(&name, record->name);
	text_str(&name, suffix(record, is_start));
	text_char(&name, '\0');
	chosen = !name.failed && glob_chooses(globs, name.data);
	text_free(&name);
	return chosen;
}

static size_t add(struct line *lines, size_t count, const char *globs,
		  const struct telemetry_record *record, bool is_start)
{
	if (!is_chosen(globs, record, is_start))
		return count;
	lines[count].record = record;
	lines[count].is_start = is_start;
	lines[count].time = record->time + (is_start ? 0 : record->duration);
	return count + 1;
}

void events_write(struct text *out, const struct telemetry_batch *batch,
		  const char *globs, bool metrics)
{
	struct line *lines =
		calloc(batch->record_count * 2 + 1, sizeof(*lines));
	size_t count = 0, i;

	if (!lines) {
		out->failed = true;
		return;
	}
	for (i = 0; i < batch->record_count; i++) {
		const struct telemetry_record *r = &batch->records[i];

		if (r->process >= batch->process_count ||
		    (take_is_one(r) && !metrics))
			continue;
		if (r->kind != TELEMETRY_RECORD_EVENT)
			count = add(lines, count, globs, r, true);
		count = add(lines, count, globs, r, false);
	}
	qsort(lines, count, sizeof(*lines), compare);
	for (i = 0; i < count; i++)
		if (take_is_one(lines[i].record))
			take_write(out, lines[i].record);
		else
			write_line(out, batch, &lines[i]);
	free(lines);
	if (batch->lost) {
		text_str(out, "telemetry: ");
		text_u64(out, batch->lost);
		text_str(out, " events were overwritten before they could be "
			      "shown");
		text_newline(out);
	}
}
