/*
 * <telemetry/telemetry.hpp> in a program without exceptions and without run-time
 * types, in the oldest C++ there is.
 *
 * cflags: -std=c++11 -fno-exceptions -fno-rtti
 */
#include "hazard.h"

#include <telemetry/telemetry.hpp>
#include <telemetry/test.h>

static int emit()
{
	telemetry::span s("api.plain", { { "cart", 5 } });

	telemetry::execute("api.event", { { "amount", 12.5 } });
	s.add({ "text", std::string("added") });
	return telemetry::run("api.inner", { { "n", 1 } },
			      [&] { return s.run([] { return 42; }); });
}

int main()
{
	int calls = 0;

	CHECK(emit() == 42);
	if (shimmed()) {
		telemetry_capture *c = telemetry_capture_begin(
			"api.plain api.inner api.event");
		auto a = telemetry::attach(
			"counts", { "api.event", "api.inner.stop" },
			[&](const char *, const telemetry_fields &,
			    const telemetry_fields &) { calls++; });

		CHECK(a.error() == 0);
		CHECK(emit() == 42);
		TELEMETRY_EXPECT(c, telemetry_capture_count(c, NULL) == 5);
		TELEMETRY_EXPECT(c, telemetry_capture_find(
					    c, "api.plain.stop",
					    telemetry::field("text", "added")));
		CHECK(calls == 2);
		telemetry_capture_end(c);
	}
	return hazard_end();
}
