/*
 * metric_parse.h - good("...") and bad("...", "reason") for texts of metric
 * definitions.
 */
#ifndef TESTS_UNIT_METRIC_PARSE_H
#define TESTS_UNIT_METRIC_PARSE_H

#include "metric_fixture.h"

static struct metric_definition last;
static int added;

static void keep(const struct metric_definition *d, void *arg UNUSED)
{
	last = *d;
	added++;
}

static int parse(const char *text)
{
	added = 0;
	memset(&last, 0, sizeof(last));
	return metric_parse("TELEMETRY_METRICS", text, keep, NULL);
}

__attribute__((unused)) static const struct metric_definition *
good(const char *text)
{
	int bad = parse(text);

	if (bad != 0 || added != 1)
		test_fail(__FILE__, __LINE__, "%s: %d bad, %d added: %s", text,
			  bad, added, logged());
	return &last;
}

/* One definition that is wrong, for a reason that is logged in one line. */
__attribute__((unused)) static void bad(const char *text, const char *reason)
{
	const char *log;
	int count;

	forget_log();
	count = parse(text);
	log = logged();
	if (count != 1 || added != 0 || !strstr(log, reason) ||
	    !strstr(log, "TELEMETRY_METRICS: \"") ||
	    strchr(log, '\n') != log + strlen(log) - 1)
		test_fail(__FILE__, __LINE__, "%s: %d bad, %d added: %s", text,
			  count, added, log);
}

#endif
