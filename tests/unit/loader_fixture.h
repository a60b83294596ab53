/*
 * loader_fixture.h - the example reporter, opened as the exporter does it.
 */
#ifndef TESTS_UNIT_LOADER_FIXTURE_H
#define TESTS_UNIT_LOADER_FIXTURE_H

#include "runtime/config.h"
#include "runtime/exporter_thread.h"
#include "runtime/loader.h"

#include "test.h"

static struct config loader_config = { .executable = "/bin/x",
				       .service = "x",
				       .exit_timeout_ms = 1000 };

/* So many of it, which loader_open() opens. */
static inline void configure_reporters(int count)
{
	static char list[8192];
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *build;

	CHECK(length > 0);
	path[length] = '\0';
	build = strstr(path, "/tests/unit/");
	CHECK(build);
	strcpy(build, "/reporters/example.so");
	while (count-- > 0)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
			 "%s%s", *list ? "," : "", path);
	loader_config.reporters = list;
	exporter.config = &loader_config;
	loader_init(&loader_config);
}

#endif
