/* test_env.c - the copy of the environment. */
#include "base/env.h"

#include "test.h"

static char first[] = "TELEMETRY_LOG=debug";
static char second[] = "TELEMETRY_LOG=error";
static char empty[] = "TELEMETRY_DIR=";
static char empty_first[] = "DD_SITE=";
static char hidden[] = "DD_SITE=never";
static char otel[] = "OTEL_SERVICE_NAME=a=b=c";
static char statsd[] = "STATSD_HOST=h";
static char other[] = "PATH=/bin";
static char nearly[] = "TELEMETRYX=1";
static char strange[] = "TELEMETRY_NOTHING";
static char *environment[] = { other,  first,	second, empty,
			       otel,   statsd,	nearly, empty_first,
			       hidden, strange, NULL };

TEST(captures_what_is_ours)
{
	env_capture(environment);
	CHECK_STR(env_get("TELEMETRY_LOG"), "debug");
	CHECK_STR(env_get("OTEL_SERVICE_NAME"), "a=b=c");
	CHECK_STR(env_get("STATSD_HOST"), "h");
	CHECK_STR(env_get("TELEMETRY_DIR"), NULL);
	CHECK_STR(env_get("DD_SITE"), NULL);
	CHECK_STR(env_get("PATH"), NULL);
	CHECK_STR(env_get("TELEMETRYX"), NULL);
	CHECK_STR(env_get("TELEMETRY_NOTHING"), NULL);
	CHECK_STR(env_get("TELEMETRY_LO"), NULL);
}

TEST(is_a_copy_made_once)
{
	static char more[] = "TELEMETRY_MORE=1";
	char *changed[] = { second, more, NULL };

	env_capture(environment);
	first[14] = 'X';
	env_capture(changed);
	CHECK_STR(env_get("TELEMETRY_LOG"), "debug");
	CHECK_STR(env_get("TELEMETRY_MORE"), NULL);
}

TEST(works_without_any)
{
	char *nothing[] = { NULL };

	CHECK_STR(env_get("TELEMETRY_LOG"), NULL);
	env_capture(nothing);
	CHECK_STR(env_get("TELEMETRY_LOG"), NULL);
}

static char seen[256];

static void note(const char *name, const char *value, void *arg)
{
	CHECK(arg == seen);
	strcat(strcat(strcat(strcat(seen, name), "="), value), ";");
}

TEST(each_in_order)
{
	env_capture(environment);
	env_each("TELEMETRY_", note, seen);
	CHECK_STR(seen, "TELEMETRY_LOG=debug;");
	seen[0] = '\0';
	env_each("", note, seen);
	CHECK_STR(seen,
		  "TELEMETRY_LOG=debug;OTEL_SERVICE_NAME=a=b=c;STATSD_HOST=h;");
}
