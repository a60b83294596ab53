/*
 * spans.h - what the tests of telemetry::span share: capture what a function
 * does with a span "api.work", and expect one start and one end.
 */
#ifndef TESTS_LIB_SPANS_H
#define TESTS_LIB_SPANS_H

#include "hazard.h"

#include <string>
#include <telemetry/telemetry.hpp>
#include <telemetry/test.h>

static telemetry_capture *all;

static std::string text(const char *event, const char *key)
{
	const telemetry_captured *one = telemetry_capture_get(all, event, 0);
	const telemetry_value *v =
		one ? telemetry_get(&one->metadata, key) : nullptr;

	return v && v->type == TELEMETRY_STRING
		       ? std::string(v->as.string, v->length)
		       : "none";
}

/* Captures what f does: a start, and one end of this kind. */
template <class F> static void expect(const char *name, const char *end, F f)
{
	if (shimmed())
		all = telemetry_capture_begin("api.work api.inner");
	f();
	if (!all)
		return;
	TELEMETRY_EXPECT(all,
			 telemetry_capture_count(all, "api.work.start") == 1);
	TELEMETRY_EXPECT(all, telemetry_capture_count(all, name) == 1);
	TELEMETRY_EXPECT(all,
			 telemetry_capture_count(all, "api.work.stop") +
					 telemetry_capture_count(
						 all, "api.work.exception") ==
				 1);
	TELEMETRY_EXPECT(all, text(name, "reason") == end);
}

static void done()
{
	if (all)
		telemetry_capture_end(all);
	all = nullptr;
}

#endif
