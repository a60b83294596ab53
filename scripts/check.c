/*
 * check.c - says what is wrong with a configuration file, by the code that
 * reads it in every process: the program behind telemetry-run --check-config.
 *
 * Loads the reporters that the file names, to ask them about their options, and
 * starts nothing.  Status 0: nothing is wrong; 1: something is; 2: usage.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/thread.h"
#include "event/symbol.h"
#include "runtime/config.h"
#include "runtime/definitions.h"
#include "runtime/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* As the constructor does it, with the log in `log`. */
static void check(const char *path, const char *log)
{
	static char config_variable[8192], log_variable[64];
	char *environment[] = { config_variable, log_variable, NULL };
	const struct config *config;

	snprintf(config_variable, sizeof(config_variable),
		 "TELEMETRY_CONFIG=%s", path);
	snprintf(log_variable, sizeof(log_variable), "TELEMETRY_LOG_FILE=%s",
		 log);
	env_capture(environment);
	clock_init();
	thread_init();
	config = config_load();
	if (!thread_claim(&thread_self))
		exit(2);
	symbol_init();
	definitions_add(config);
	thread_release(&thread_self);
	loader_check(config);
}

#define LINES_MAX 25000

struct line {
	char *text;
	size_t file;	     /* bytes of its name */
	unsigned long order; /* line of the file, then order of appearance */
};

static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int by_file = strncmp(x->text, y->text,
			      x->file < y->file ? x->file : y->file);

	if (by_file)
		return by_file;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* FILE:LINE: at the beginning; else all of it is about the file. */
static struct line line_of(char *text, unsigned long number)
{
	char *colon = strchr(text, ':'), *end;
	unsigned long line = colon ? strtoul(colon + 1, &end, 10) : 0;

	return (struct line){ .text = text,
			      .file = colon ? (size_t)(colon - text) : 0,
			      .order = line * LINES_MAX + number };
}

/* In the order of the file, without what the shim puts in front; how many are
 * errors. */
static int show(FILE *log)
{
	static struct line lines[LINES_MAX];
	static char line[4096];
	unsigned long count = 0, i;
	int errors = 0;

	rewind(log);
	while (count < LINES_MAX && fgets(line, sizeof(line), log)) {
		char *text = strstr(line, "] ");

		text = text ? text + 2 : line;
		if (strncmp(text, "error: ", 7) == 0)
			errors++;
		else if (strncmp(text, "warn: ", 6) != 0)
			continue;
		text = strdup(strchr(text, ' ') + 1);
		if (text)
			lines[count] = line_of(text, count);
		count += text != NULL;
	}
	qsort(lines, count, sizeof(*lines), compare);
	for (i = 0; i < count; i++)
		fputs(lines[i].text, stderr);
	return errors;
}

int main(int argc, char **argv)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	char log[32];
	FILE *lines = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (argc != 2 || !*argv[1]) {
		fputs("usage: check FILE\n", stderr);
		return 2;
	}
	if (!lines) {
		perror("check");
		return 2;
	}
	snprintf(log, sizeof(log), "/proc/self/fd/%d", fd);
	check(argv[1], log);
	if (show(lines) > 0)
		return 1;
	printf("%s: nothing is wrong\n", argv[1]);
	return 0;
}
