/*
 * reporter_fixture.h - a host for one reporter: loads the built .so, hands it a
 * fake host and made-up samples, and reads what it wrote.
 */
#ifndef TESTS_UNIT_REPORTER_FIXTURE_H
#define TESTS_UNIT_REPORTER_FIXTURE_H

#include "test.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <telemetry/reporter.h>

static char fixture_log[1024]; /* the last line */

static inline void fixture_take_log(void *context, int level, const char *text)
{
	(void)context;
	(void)level;
	snprintf(fixture_log, sizeof(fixture_log), "%s", text);
}

static uint64_t fixture_clock = 1; /* ns */

static inline uint64_t fixture_monotonic(void *context)
{
	(void)context;
	return fixture_clock;
}

static const struct telemetry_snapshot *fixture_snapshot;

static inline const struct telemetry_snapshot *
fixture_take_snapshot(void *context)
{
	(void)context;
	return fixture_snapshot;
}

static const struct telemetry_host fixture_host = {
	.struct_size = sizeof(fixture_host),
	.abi = TELEMETRY_REPORTER_ABI,
	.log = fixture_take_log,
	.monotonic_ns = fixture_monotonic,
	.snapshot = fixture_take_snapshot,
};

/* The reporters are built beside the tests. */
static inline const struct telemetry_reporter *fixture_load(const char *name)
{
	const struct telemetry_reporter *reporter;
	char path[4096 + 64];
	ssize_t length = readlink("/proc/self/exe", path, 4096);
	char *build;
	void *handle;

	CHECK(length > 0);
	path[length] = '\0';
	build = strstr(path, "/tests/unit/");
	CHECK(build != NULL);
	sprintf(build, "/reporters/%s.so", name);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		test_fail(__FILE__, __LINE__, "%s", dlerror());
	reporter = dlsym(handle, "telemetry_reporter");
	CHECK(reporter != NULL);
	CHECK_INT(reporter->abi, TELEMETRY_REPORTER_ABI);
	CHECK_STR(reporter->name, name);
	return reporter;
}

static inline void *fixture_open(const struct telemetry_reporter *reporter)
{
	void *self = NULL;

	CHECK_INT(reporter->open(&fixture_host, &self), 0);
	return self;
}

static inline int fixture_set(const struct telemetry_reporter *reporter,
			      void *self, const char *key, const char *value)
{
	const char *expected = NULL;
	int error = reporter->configure(self, key, value, &expected);

	CHECK(error != -EINVAL || expected != NULL);
	return error;
}

static char fixture_path[] = "/tmp/reporter-XXXXXX";

/* A fresh file for its output. */
static inline const char *fixture_file(void)
{
	int fd;

	strcpy(fixture_path, "/tmp/reporter-XXXXXX");
	fd = mkstemp(fixture_path);
	CHECK(fd >= 0);
	close(fd);
	return fixture_path;
}

/* Its contents; the file is gone then. */
static inline const char *fixture_output(void)
{
	static char text[65536];
	int fd = open(fixture_path, O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	CHECK(length >= 0);
	text[length] = '\0';
	close(fd);
	unlink(fixture_path);
	return text;
}

#define TAG(k, v)                                                              \
	{                                                                      \
		.key = (k), .value = (v)                                       \
	}

#endif
