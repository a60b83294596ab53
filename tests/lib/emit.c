/*
 * emit.c - a host program for tests of metrics: each argument is an event,
 *
 *   emit 'shop.sale amount=12.5 items=3 / article=book paid=true'
 *
 * measurements first, metadata behind the slash.  A value is an int64 (5), a
 * uint64 (5u), a double (5.0, 1e3, nan, inf), a bool, null, or else a text; a
 * + in a text is a blank.
 * In front of the event:
 *
 *   3x         so many times       thread:  in a thread of its own
 *   span:      begins a span, and  fork:    in a child
 *              ends it with these  fail:    the same, as a failure
 * An argument that begins with define:, delete: or series: is
 * emit_define.h's; wait: is a line of standard input.
 */
#include "emit_define.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct event {
	const char *how; /* text in front, with its colon; "" */
	char *name;
	long times;
	struct telemetry_field measurements[16], metadata[16];
	size_t measurement_count, metadata_count;
};

static struct telemetry_field number(const char *key, char *text)
{
	char *end;
	double real;
	long long integer = strtoll(text, &end, 10);

	if (end != text && *end == '\0')
		return TELEMETRY_I64(key, integer);
	if (end != text && strcmp(end, "u") == 0)
		return TELEMETRY_U64(key, strtoull(text, NULL, 10));
	real = strtod(text, &end);
	if (end != text && *end == '\0')
		return TELEMETRY_F64(key, real);
	for (end = text; *end; end++)
		if (*end == '+')
			*end = ' ';
	return TELEMETRY_STR(key, text);
}

static struct telemetry_field field(char *text)
{
	char *equals = strchr(text, '='), *value = equals + 1;

	if (!equals)
		exit(2);
	*equals = '\0';
	if (!strcmp(value, "null"))
		return TELEMETRY_STR(text, NULL);
	if (!strcmp(value, "true") || !strcmp(value, "false"))
		return TELEMETRY_BOOLEAN(text, *value == 't');
	return number(text, value);
}

static const char *prefix(char **text)
{
	static const char *const all[] = { "thread:", "fork:", "span:",
					   "fail:" };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strncmp(*text, all[i], strlen(all[i]))) {
			*text += strlen(all[i]);
			return all[i];
		}
	return "";
}

static void parse(struct event *e, char *text)
{
	int behind = 0;
	char *word;

	memset(e, 0, sizeof(*e));
	e->how = prefix(&text);
	e->times = 1;
	if (isdigit((unsigned char)*text)) {
		e->times = strtol(text, &text, 10);
		text++;
	}
	e->name = strtok(text, " ");
	while ((word = strtok(NULL, " ")) != NULL) {
		if (!strcmp(word, "/"))
			behind = 1;
		else if (behind)
			e->metadata[e->metadata_count++] = field(word);
		else
			e->measurements[e->measurement_count++] = field(word);
	}
}

static void span(const struct event *e)
{
	struct telemetry_span s;

	telemetry_span_begin(&s, e->name, NULL, 0);
	if (e->how[0] == 'f')
		telemetry_span_fail(&s, "error", "broken", e->metadata,
				    e->metadata_count);
	else
		telemetry_span_end(&s, e->measurements, e->measurement_count,
				   e->metadata, e->metadata_count);
}

static void *emit(void *arg)
{
	const struct event *e = arg;
	long i;

	for (i = 0; i < e->times; i++) {
		if (!strcmp(e->how, "span:") || !strcmp(e->how, "fail:"))
			span(e);
		else
			telemetry_execute(e->name, e->measurements,
					  e->measurement_count, e->metadata,
					  e->metadata_count);
	}
	return NULL;
}

static void in_thread(struct event *e)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, emit, e))
		exit(3);
	pthread_join(thread, NULL);
}

static void in_child(struct event *e)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		emit(e);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		exit(4);
}

static void wait_for_line(void)
{
	char c = '\0';

	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		;
}

int main(int argc, char **argv)
{
	struct event e;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "define:", 7)) {
			define_metric(argv[i] + 7);
			continue;
		}
		if (!strcmp(argv[i], "wait:")) {
			wait_for_line();
			continue;
		}
		if (!strncmp(argv[i], "delete:", 7)) {
			delete_metric(argv[i] + 7);
			continue;
		}
		if (!strncmp(argv[i], "series:", 7)) {
			delete_series(argv[i] + 7);
			continue;
		}
		parse(&e, argv[i]);
		if (!strcmp(e.how, "thread:"))
			in_thread(&e);
		else if (!strcmp(e.how, "fork:"))
			in_child(&e);
		else
			emit(&e);
	}
	return 0;
}
