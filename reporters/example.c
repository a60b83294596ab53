/*
 * example.c - the reporter to copy.
 *
 * It counts finished spans and events by name, and appends one line to a file
 * when its process group ends:
 *
 *   TELEMETRY_REPORTERS=example TELEMETRY_EXAMPLE_FILE=/tmp/counts ...
 *   libc.socket.connect=2 libc.socket.send=10
 *
 * A reporter is one file here: `make` finds it and builds reporters/example.so.
 * It includes <telemetry/...> and what is in common/, and nothing of the shim.
 */
#include "common/output.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <telemetry/reporter.h>

#define NAMES 64 /* different ones that are counted */

/* All that it knows, so that it could be opened twice. */
struct example {
	char *file;
	char *names[NAMES];
	uint64_t counts[NAMES];
	uint64_t others; /* of further names */
};

static int open_example(const struct telemetry_host *host, void **self)
{
	(void)host; /* ->log() says why something does not work */
	*self = calloc(1, sizeof(struct example));
	return *self ? 0 : -ENOMEM;
}

/* TELEMETRY_EXAMPLE_FILE=x arrives as ("file", "x"). */
static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct example *e = self;

	if (strcmp(key, "file") != 0)
		return -ENOENT;
	*expected = "an absolute path";
	if (value[0] != '/')
		return -EINVAL;
	free(e->file);
	e->file = strdup(value);
	return e->file ? 0 : -ENOMEM;
}

static uint64_t *count_of(struct example *e, const char *name)
{
	size_t i;

	for (i = 0; i < NAMES; i++) {
		if (!e->names[i])
			e->names[i] = strdup(name);
		if (e->names[i] && !strcmp(e->names[i], name))
			return &e->counts[i];
	}
	return &e->others;
}

/* Everything in the batch is borrowed: keep copies. */
static int records(void *self, const struct telemetry_batch *batch,
		   int timeout_ms)
{
	size_t i;

	(void)timeout_ms; /* it does not wait for anything */
	for (i = 0; i < batch->record_count; i++)
		++*count_of(self, batch->records[i].name);
	return 0;
}

/* The numbers of the snapshot are finished; this one only makes its line. */
static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct example *e = self;
	struct text line = { 0 };
	int error = 0;
	size_t i;

	(void)snapshot;
	for (i = 0; i < NAMES && e->names[i]; i++) {
		text_str(&line, i ? " " : "");
		text_plain(&line, e->names[i], 255);
		text_char(&line, '=');
		text_u64(&line, e->counts[i]);
	}
	if (e->others) {
		text_str(&line, " others=");
		text_u64(&line, e->others);
	}
	text_newline(&line);
	if (final && !line.failed)
		error = output_write(e->file, line.data, line.length,
				     timeout_ms);
	text_free(&line);
	return error;
}

static void close_example(void *self)
{
	struct example *e = self;
	size_t i;

	for (i = 0; i < NAMES; i++)
		free(e->names[i]);
	free(e->file);
	free(e);
}

TELEMETRY_REPORTER(.name = "example",
		   .help = "FILE  append a line to this file (stderr)\n",
		   .open = open_example, .configure = configure,
		   .records = records, .report = report,
		   .close = close_example, );
