/*
 * json_target.h - a folder for the lines of the JSON reporter, and a look at
 * them.
 */
#ifndef TESTS_UNIT_JSON_TARGET_H
#define TESTS_UNIT_JSON_TARGET_H

#include "json_fixture.h"

#include <sys/stat.h>

#define BEGIN "{\"time\":"

static char folder[] = "/tmp/json-XXXXXX";
static char path[64], other[80];

static inline void make_folder(void)
{
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/x", folder);
}

static inline void remove_folder(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_INT(system(command), 0);
}

static inline const char *beside(const char *suffix)
{
	snprintf(other, sizeof(other), "%s%s", path, suffix);
	return other;
}

static inline const char *numbered(int i)
{
	snprintf(other, sizeof(other), "%s.%d", path, i);
	return other;
}

static inline off_t size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) < 0 ? -1 : st.st_size;
}

/* n records; what the reporter returns. */
static inline int put(int n, int timeout_ms)
{
	static struct telemetry_record records[1024];
	int i;

	for (i = 0; i < n; i++)
		records[i] = json_record;
	json_batch.records = records;
	json_batch.record_count = (size_t)n;
	return json->records(json_self, &json_batch, timeout_ms);
}

/* Every line whole, and nothing of another one in it.  How many. */
static inline int whole_lines(const char *text, size_t size)
{
	const char *end = text + size, *line;
	int count = 0;

	for (line = text; line < end; count++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		const char *next;

		CHECK(newline != NULL);
		next = memmem(line + 1, (size_t)(newline - line), BEGIN,
			      strlen(BEGIN));
		CHECK(next == NULL);
		CHECK(line[0] == '{' && newline[-1] == '}');
		line = newline + 1;
	}
	return count;
}

static inline const char *content_of(const char *name, size_t *size)
{
	static char text[1 << 20];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(n >= 0);
	close(fd);
	text[n] = '\0';
	*size = (size_t)n;
	return text;
}

static inline int lines_of(const char *name)
{
	size_t size;
	const char *text = content_of(name, &size);

	return whole_lines(text, size);
}

#endif
