/*
 * telemetry::execute() and the types of telemetry::field.
 */
#include "hazard.h"

#include <telemetry/telemetry.hpp>
#include <telemetry/test.h>

#include <limits>

static const telemetry_value *value(telemetry_capture *c, const char *key)
{
	const telemetry_captured *one =
		telemetry_capture_get(c, "api.typed", 0);

	CHECK(one && one->measurements.count == 12);
	CHECK(one->metadata.count == 6);
	const telemetry_value *v = telemetry_get(&one->measurements, key);

	return v ? v : telemetry_get(&one->metadata, key);
}

static bool is_i64(const telemetry_value *v, int64_t number)
{
	return v->type == TELEMETRY_INT64 && v->as.i64 == number;
}

static bool is_u64(const telemetry_value *v, uint64_t number)
{
	return v->type == TELEMETRY_UINT64 && v->as.u64 == number;
}

static bool is_f64(const telemetry_value *v, double number)
{
	return v->type == TELEMETRY_DOUBLE && v->as.f64 == number;
}

static bool is_text(const telemetry_value *v, const std::string &text)
{
	return v->type == TELEMETRY_STRING &&
	       std::string(v->as.string, v->length) == text;
}

static int emit()
{
	char buffer[] = "buffer";
	std::string zero("a\0b", 3);

	return telemetry::execute(
		"api.typed",
		{ { "double", 12.5 },
		  { "float", 0.5f },
		  { "char", static_cast<signed char>(-7) },
		  { "short", static_cast<short>(-8) },
		  { "int", -9 },
		  { "long", -10L },
		  { "least", std::numeric_limits<long long>::min() },
		  { "byte", static_cast<unsigned char>(7) },
		  { "unsigned", 8u },
		  { "size", sizeof(int) },
		  { "most", std::numeric_limits<unsigned long long>::max() },
		  telemetry::field("yes", true) },
		{ { "no", false },
		  { "literal", "text" },
		  { "buffer", buffer },
		  { "string", zero },
		  { "view", std::string_view("viewed", 4) },
		  { "null", static_cast<const char *>(nullptr) } });
}

static void typed()
{
	telemetry_capture *c = telemetry_capture_begin("api.typed");

	CHECK(emit() == 0);
	CHECK(is_f64(value(c, "double"), 12.5));
	CHECK(is_f64(value(c, "float"), 0.5));
	CHECK(is_i64(value(c, "char"), -7));
	CHECK(is_i64(value(c, "short"), -8));
	CHECK(is_i64(value(c, "int"), -9));
	CHECK(is_i64(value(c, "long"), -10));
	CHECK(is_i64(value(c, "least"), std::numeric_limits<int64_t>::min()));
	CHECK(is_u64(value(c, "byte"), 7));
	CHECK(is_u64(value(c, "unsigned"), 8));
	CHECK(is_u64(value(c, "size"), sizeof(int)));
	CHECK(is_u64(value(c, "most"), std::numeric_limits<uint64_t>::max()));
	CHECK(value(c, "yes")->type == TELEMETRY_BOOL);
	CHECK(value(c, "yes")->as.boolean == 1);
	CHECK(value(c, "no")->type == TELEMETRY_BOOL);
	CHECK(value(c, "no")->as.boolean == 0);
	CHECK(is_text(value(c, "literal"), "text"));
	CHECK(is_text(value(c, "buffer"), "buffer"));
	CHECK(is_text(value(c, "string"), std::string("a\0b", 3)));
	CHECK(is_text(value(c, "view"), "view"));
	CHECK(value(c, "null")->type == TELEMETRY_NULL);
	telemetry_capture_end(c);
}

int main()
{
	CHECK(emit() == 0);
	CHECK(telemetry::execute("api.bare") == 0);
	if (shimmed()) {
		typed();
		CHECK(telemetry::execute("a..b") == -EINVAL);
	}
	return hazard_end();
}
