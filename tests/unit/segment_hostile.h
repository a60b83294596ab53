/*
 * segment_hostile.h - a folder and a log for tests of places where a segment
 * cannot be, or not for long.
 */
#ifndef TESTS_UNIT_SEGMENT_HOSTILE_H
#define TESTS_UNIT_SEGMENT_HOSTILE_H

#include "base/log.h"
#include "base/segment.h"
#include "test.h"

static char dir[64] = "/dev/shm/test-segment.XXXXXX";
static char log_path[64] = "/tmp/test-segment-log.XXXXXX";
static char path[256];

static void setup(void)
{
	int fd = mkstemp(log_path);

	CHECK(fd >= 0);
	close(fd);
	if (!mkdtemp(dir))
		CHECK(mkdtemp(strcpy(dir, "/tmp/test-segment.XXXXXX")));
	log_set_file(log_path);
	log_set_level(LOG_WARN);
}

static void use(const char *place)
{
	struct segment_options options = { .dir = place, .group = "abc" };

	segment_configure(&options);
}

static void teardown(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s %s", dir, log_path);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

/* Exactly one line, which has all of these words. */
static void check_log(const char *a, const char *b, const char *c)
{
	char text[4096] = "";
	FILE *f = fopen(log_path, "r");
	char *newline;

	CHECK(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	newline = strchr(text, '\n');
	if (!newline || newline[1] || !strstr(text, a) || !strstr(text, b) ||
	    !strstr(text, c))
		test_fail(__FILE__, __LINE__, "log is \"%s\"", text);
}

static uint64_t fill(void)
{
	void *body;

	while ((body = segment_alloc(SEGMENT_MORE, 8000, 0, 0)))
		memset(body, 1, 8000);
	return segment_header()->used;
}

#endif
