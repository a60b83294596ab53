/*
 * db_events.c - preloaded in front of the shim, writes a line for each event of
 * some spans to the file $DB_EVENTS: the name, then key=value with a tab in
 * front of each.  Unlike a reporter it loses none.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

/* A copy: a server may make something else of its environment. */
static char path[4096];

static size_t put(char *line, size_t size, const struct telemetry_fields *f)
{
	size_t i, n = 0;

	for (i = 0; i < f->count && n < size; i++) {
		const struct telemetry_value *v = &f->items[i].value;

		if (v->type == TELEMETRY_STRING)
			n += (size_t)snprintf(line + n, size - n, "\t%s=%.*s",
					      f->items[i].key, (int)v->length,
					      v->as.string);
		else
			n += (size_t)snprintf(line + n, size - n, "\t%s=%lld",
					      f->items[i].key,
					      (long long)v->as.i64);
	}
	return n < size ? n : size;
}

static int write_line(const char *event, const struct telemetry_fields *m,
		      const struct telemetry_fields *d, void *config)
{
	char line[8192];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s", event);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);

	(void)config;
	n += put(line + n, sizeof(line) - n - 1, m);
	n += put(line + n, sizeof(line) - n - 1, d);
	line[n++] = '\n';
	if (write(fd, line, n) != (ssize_t)n)
		abort();
	close(fd);
	return 0;
}

/* Of each span in $DB_SPANS, which have blanks between them. */
__attribute__((constructor)) static void attach(void)
{
	static const char *const ends[] = { "start", "stop", "exception" };
	static char names[24][64];
	const char *events[24], *spans = getenv("DB_SPANS");
	const char *file = getenv("DB_EVENTS");
	size_t count = 0, i, length;

	if (!file || !spans)
		return;
	snprintf(path, sizeof(path), "%s", file);
	for (; *spans; spans += length + (spans[length] != '\0')) {
		length = strcspn(spans, " ");
		for (i = 0; i < 3 && count < 24; i++, count++) {
			snprintf(names[count], sizeof(names[count]), "%.*s.%s",
				 (int)length, spans, ends[i]);
			events[count] = names[count];
		}
	}
	if (telemetry_attach_many("db_events", events, count, write_line, NULL,
				  NULL) != 0)
		abort();
}
