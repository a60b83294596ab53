/*
 * console.c - a report for a person: a summary at the end, or a line for each
 * event as it happens.
 *
 * Options and output; the two kinds of report are in console/.
 */
#include "common/output.h"
#include "console/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <telemetry/builtin.h>

#define TOP_MAX 1000

struct console {
	const struct telemetry_host *host;
	bool events;  /* as they happen */
	bool metrics; /* and what metrics take from them */
	size_t top;
	char *file;  /* NULL: stderr */
	char *globs; /* NULL: all */
	bool complained;
};

static int open_console(const struct telemetry_host *host, void **self)
{
	struct console *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->host = host;
	c->top = 10;
	*self = c;
	return 0;
}

static int set_text(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int set_mode(struct console *c, const char *value, const char **expected)
{
	*expected = "summary, events or metrics";
	if (strcmp(value, "summary") != 0 && strcmp(value, "events") != 0 &&
	    strcmp(value, "metrics") != 0)
		return -EINVAL;
	c->metrics = *value == 'm';
	c->events = *value != 's';
	return 0;
}

static int set_top(struct console *c, const char *value, const char **expected)
{
	unsigned long number;
	char *end;

	*expected = "a number from 1 to 1000";
	number = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || number < 1 ||
	    number > TOP_MAX)
		return -EINVAL;
	c->top = number;
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct console *c = self;

	if (!strcmp(key, "mode"))
		return set_mode(c, value, expected);
	if (!strcmp(key, "file"))
		return set_text(&c->file, value);
	if (!strcmp(key, "events"))
		return set_text(&c->globs, value);
	if (!strcmp(key, "top"))
		return set_top(c, value, expected);
	return -ENOENT;
}

/* Nothing can be said about descriptor 2 on descriptor 2. */
static void complain(struct console *c, int error)
{
	struct text line = { 0 };

	if (c->complained || !c->file)
		return;
	c->complained = true;
	text_str(&line, "TELEMETRY_CONSOLE_FILE: ");
	text_plain(&line, c->file, 200);
	text_str(&line, " cannot be written: ");
	text_str(&line, strerror(-error));
	text_char(&line, '\0');
	if (!line.failed)
		c->host->log(c->host->context, 0, line.data);
	text_free(&line);
}

static int put(struct console *c, struct text *out, int timeout_ms)
{
	int error = out->failed ? -ENOMEM : 0;

	if (!error && out->length)
		error = output_write(c->file, out->data, out->length,
				     timeout_ms);
	if (error)
		complain(c, error);
	text_free(out);
	return error;
}

static int records(void *self, const struct telemetry_batch *batch,
		   int timeout_ms)
{
	struct console *c = self;
	struct text out = { 0 };

	if (!c->events)
		return -EOPNOTSUPP;
	events_write(&out, batch, c->globs, c->metrics);
	return put(c, &out, timeout_ms);
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct console *c = self;
	struct text out = { 0 };

	if (c->events || !final)
		return 0;
	summary_write(&out, snapshot, c->top);
	return put(c, &out, timeout_ms);
}

static void close_console(void *self)
{
	struct console *c = self;

	free(c->file);
	free(c->globs);
	free(c);
}

TELEMETRY_REPORTER(.name = "console",
		   .help = "MODE    summary at the end, events as they "
			   "happen, or metrics: events and what\n"
			   "        each metric takes from them (summary)\n"
			   "FILE    append to this file (stderr)\n"
			   "EVENTS  globs of the spans and events that are "
			   "shown (all)\n"
			   "TOP     so many queries and failures of each "
			   "program (10)\n",
		   .metrics = TELEMETRY_CONSOLE_METRICS, .open = open_console,
		   .configure = configure, .records = records, .report = report,
		   .close = close_console, );
