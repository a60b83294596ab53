/*
 * test_metric_unit.c - conversion between units: PARITY M39-M42, M48.
 */
#include "metric/unit.h"

#include "test.h"

#include <math.h>

static const char *const times[] = { "second", "millisecond", "microsecond",
				     "nanosecond", "native" };
static const uint64_t per_second[] = { 1, 1000, 1000000, 1000000000,
				       1000000000 };

static struct unit_conversion parse(const char *text)
{
	struct unit_conversion c;
	const char *bad;
	size_t length;

	CHECK_INT(unit_parse(text, strlen(text), &c, &bad, &length), UNIT_OK);
	return c;
}

static double converted(const char *text, int64_t value)
{
	struct unit_conversion c = parse(text);

	return unit_convert(value, c.numerator, c.denominator);
}

static enum unit_error error_of(const char *text)
{
	struct unit_conversion c;
	const char *bad;
	size_t length;

	return unit_parse(text, strlen(text), &c, &bad, &length);
}

static const char *label(const char *text)
{
	static char memory[32];
	struct unit_conversion c = parse(text);

	memcpy(memory, c.label, c.label_length);
	memory[c.label_length] = '\0';
	return memory;
}

TEST(M39_the_same_unit_changes_nothing)
{
	const char *name;
	char text[64];
	size_t i;

	for (i = 0; (name = unit_name(i)) != NULL; i++) {
		snprintf(text, sizeof(text), "%s:%s", name, name);
		CHECK(converted(text, 123456789) == 123456789.0);
	}
	CHECK(i >= 14);
}

TEST(M40_every_pair_of_time_units)
{
	size_t i, j;
	char text[64];

	for (i = 0; i < 5; i++) {
		for (j = 0; j < 5; j++) {
			double exact = 9.0 * (double)per_second[j] /
				       (double)per_second[i];

			snprintf(text, sizeof(text), "%s:%s", times[i],
				 times[j]);
			CHECK(converted(text, 9) == exact);
		}
	}
}

TEST(conversion_divides)
{
	CHECK(converted("microsecond:millisecond", 9) == 0.009);
	CHECK(converted("native:second", 5000000) == 0.005);
	CHECK(converted("nanosecond:second", 300000000) == 0.3);
	CHECK(converted("minute:hour", 90) == 1.5);
	CHECK(unit_convert_real(9, 1, 1000) == 0.009);
}

TEST(M41_bytes)
{
	CHECK(converted("byte:kilobyte", 76000000) == 76000);
	CHECK(converted("byte:megabyte", 76000000) == 76);
	CHECK(converted("kilobyte:byte", 76000) == 76000000);
	CHECK(converted("kilobyte:megabyte", 76000) == 76);
	CHECK(converted("megabyte:byte", 76) == 76000000);
	CHECK(converted("megabyte:kilobyte", 76) == 76000);
	CHECK(converted("byte:mebibyte", 1572864) == 1.5);
	CHECK(converted("gibibyte:kibibyte", 3) == 3145728);
}

TEST(large_integers_stay_exact)
{
	/* No double holds 2^62 + 1 s in ns; the quotient is exact. */
	CHECK(converted("nanosecond:second", 4611686018427387904) ==
	      4611686018.427387904);
	CHECK(converted("hour:nanosecond", INT64_MAX / 4) ==
	      (double)(INT64_MAX / 4) * 3.6e12);
	CHECK(converted("byte", -5) == -5);
	/* Too large for the product: as near as a double can be. */
	CHECK(fabs(unit_convert((__int128)1 << 120, 1 << 20, 1) /
			   ldexp(1, 140) -
		   1) < 1e-15);
}

TEST(M30_M31_M32_errors)
{
	CHECK_INT(error_of("byte:millisecond"), UNIT_MIXED);
	CHECK_INT(error_of("millisecond:byte"), UNIT_MIXED);
	CHECK_INT(error_of("byte:kilobyte:megabyte"), UNIT_PARTS);
	CHECK_INT(error_of("seconds"), UNIT_UNKNOWN);
	CHECK_INT(error_of("second:seconds"), UNIT_UNKNOWN);
	CHECK_INT(error_of(""), UNIT_UNKNOWN);
	CHECK_INT(error_of("second:"), UNIT_UNKNOWN);
	CHECK_INT(error_of("{}"), UNIT_UNKNOWN);
	CHECK_INT(error_of("{a b}"), UNIT_UNKNOWN);
}

TEST(M33_M48_labels)
{
	CHECK_STR(label("native:millisecond"), "ms");
	CHECK_STR(label("byte"), "By");
	CHECK_STR(label("second"), "s");
	CHECK_STR(label("{row}"), "{row}");
	CHECK(converted("byte", 512) == 512);
	CHECK(converted("second", 3) == 3);
}

TEST(raw_bounds_are_the_last_integer_within)
{
	CHECK_INT(unit_raw_bound(0.005, 1, 1000000000), 5000000);
	CHECK_INT(unit_raw_bound(0.3, 1, 1000000000), 300000000);
	/* The product is 64999.99999999999. */
	CHECK_INT(unit_raw_bound(6.5e-05, 1, 1000000000), 65000);
	CHECK_INT(unit_raw_bound(2.01, 1, 1000), 2010);
	CHECK_INT(unit_raw_bound(7.5, 1, 1), 7);
	CHECK_INT(unit_raw_bound(-7.5, 1, 1), -8);
	CHECK_INT(unit_raw_bound(-7, 1, 1), -7);
	CHECK_INT(unit_raw_bound(10, 1000, 1), 0);
	/* Near is not within. */
	CHECK_INT(unit_raw_bound(0.9999999, 1, 1), 0);
	CHECK_INT(unit_raw_bound(0.29999999999999993, 1, 1000000000),
		  299999999);
	CHECK_INT(unit_raw_bound(0.30000000000000004, 1, 1000000000),
		  300000000);
	CHECK_INT(unit_raw_bound(1e300, 1, 1), INT64_MAX);
	CHECK_INT(unit_raw_bound(-1e300, 1, 1), INT64_MIN);
}

TEST(raw_bounds_agree_with_conversion)
{
	static const double bounds[] = { 0.001, 0.025, 0.075, 0.25, 0.75,
					 2.5,	7.5,   0.1,   0.7,  1e-7 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		int64_t raw = unit_raw_bound(bounds[i], 1, 1000000000);

		CHECK(unit_convert(raw, 1, 1000000000) <= bounds[i]);
		CHECK(unit_convert(raw + 1, 1, 1000000000) > bounds[i]);
	}
}
