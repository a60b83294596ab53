/*
 * config_fixture.h - configuration files in a folder of their own, and what is
 * logged of them.
 */
#ifndef TESTS_UNIT_CONFIG_FIXTURE_H
#define TESTS_UNIT_CONFIG_FIXTURE_H

#include "runtime/config_file.h"

#include "base/arena.h"
#include "base/env.h"
#include "base/log.h"
#include "runtime/settings.h"
#include "wrap/families.h"

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

__attribute__((unused)) static void nothing(void)
{
}

static char dir[64], log_path[80];

__attribute__((unused)) static const char *path_of(const char *name)
{
	static char path[4][160];
	static unsigned int next;
	char *text = path[next++ % 4];

	snprintf(text, 160, "%s/%s", dir, name);
	return text;
}

__attribute__((unused)) static void put(const char *name, const void *bytes,
					size_t length)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, bytes, length), length);
	close(fd);
}

__attribute__((unused)) static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

__attribute__((unused)) static void setup(void)
{
	if (dir[0])
		return;
	strcpy(dir, "/tmp/config-file-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	log_set_file(log_path);
}

__attribute__((unused)) static void teardown(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_INT(system(command), 0);
}

/* What has been logged since the last call, without the shim's own words in
 * front and the folder. */
__attribute__((unused)) static const char *logged(void)
{
	static char text[65536], out[65536];
	FILE *f = fopen(log_path, "r");
	size_t length = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	char *line, *rest = text;

	text[length] = out[0] = '\0';
	if (f)
		fclose(f);
	unlink(log_path);
	while ((line = strsep(&rest, "\n")) && *line) {
		char *at = strstr(line, dir);

		strcat(out, at ? at + strlen(dir) + 1 : line);
		strcat(out, "\n");
	}
	return out;
}

__attribute__((unused)) static const struct config_definition *
read_text(const char *text)
{
	setup();
	put_text("t", text);
	return config_file_read(path_of("t"), nothing);
}

__attribute__((unused)) static void said(const char *text, const char *line)
{
	const char *log;

	read_text(text);
	log = logged();
	if (!strstr(log, line) || strchr(log, '\n') != log + strlen(log) - 1)
		test_fail(__FILE__, __LINE__, "%s\nsaid: %s\nexpected: %s",
			  text, log, line);
}

#endif
