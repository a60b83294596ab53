/*
 * unit.c - the table of units, and exact conversion between two of a kind.
 *
 * Conversion divides by an integer instead of multiplying by its reciprocal,
 * so 9 us are 0.009 ms and not 0.009000000000000001.
 */
#include "metric/unit.h"

#include <string.h>

enum dimension { TIME, BYTES, RATIO };

struct unit {
	const char *name;
	const char *label;
	enum dimension dimension;
	uint64_t factor; /* to the smallest unit of the dimension */
};

static const struct unit units[] = {
	{ "native", "ns", TIME, 1 },
	{ "nanosecond", "ns", TIME, 1 },
	{ "microsecond", "us", TIME, 1000 },
	{ "millisecond", "ms", TIME, 1000000 },
	{ "second", "s", TIME, 1000000000 },
	{ "minute", "min", TIME, 60000000000 },
	{ "hour", "h", TIME, 3600000000000 },
	{ "byte", "By", BYTES, 1 },
	{ "kilobyte", "kBy", BYTES, 1000 },
	{ "megabyte", "MBy", BYTES, 1000000 },
	{ "kibibyte", "KiBy", BYTES, 1024 },
	{ "mebibyte", "MiBy", BYTES, 1048576 },
	{ "gibibyte", "GiBy", BYTES, 1073741824 },
	{ "percent", "%", RATIO, 1 },
};

const char *unit_name(size_t index)
{
	return index < ARRAY_SIZE(units) ? units[index].name : NULL;
}

static const struct unit *find(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == length &&
		    memcmp(units[i].name, text, length) == 0)
			return &units[i];
	return NULL;
}

/* Of factors, which are not 0. */
static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	do {
		rest = a % b;
		a = b;
		b = rest;
	} while (rest != 0);
	return a;
}

static bool is_annotation(const char *text, size_t length)
{
	size_t i;

	if (length < 3 || text[0] != '{' || text[length - 1] != '}')
		return false;
	for (i = 1; i < length - 1; i++)
		if (text[i] <= ' ' || text[i] >= 127 || text[i] == '{' ||
		    text[i] == '}')
			return false;
	return true;
}

enum unit_error unit_parse(const char *text, size_t length,
			   struct unit_conversion *conversion, const char **bad,
			   size_t *bad_length)
{
	const char *colon = memchr(text, ':', length);
	size_t from_length = colon ? (size_t)(colon - text) : length;
	const char *to_text = colon ? colon + 1 : text;
	size_t to_length = colon ? length - from_length - 1 : length;
	const struct unit *from = find(text, from_length);
	const struct unit *to = find(to_text, to_length);
	uint64_t divisor;

	*conversion = (struct unit_conversion){ 1, 1, text, length };
	if (is_annotation(text, length))
		return UNIT_OK;
	if (memchr(to_text, ':', to_length) && colon)
		return UNIT_PARTS;
	*bad = from ? to_text : text;
	*bad_length = from ? to_length : from_length;
	if (!from || !to)
		return UNIT_UNKNOWN;
	if (from->dimension != to->dimension)
		return UNIT_MIXED;
	divisor = common_divisor(from->factor, to->factor);
	conversion->numerator = from->factor / divisor;
	conversion->denominator = to->factor / divisor;
	conversion->label = to->label;
	conversion->label_length = strlen(to->label);
	return UNIT_OK;
}

#define EXACT ((__int128)1 << 53) /* integers up to here are doubles */

double unit_convert(__int128 raw, uint64_t numerator, uint64_t denominator)
{
	__int128 product, quotient;

	if (__builtin_mul_overflow(raw, (__int128)numerator, &product))
		return unit_convert_real((double)raw, numerator, denominator);
	if (product >= -EXACT && product <= EXACT)
		return (double)product / (double)denominator;
	quotient = product / denominator;
	return (double)quotient +
	       (double)(product % denominator) / (double)denominator;
}

double unit_convert_real(double raw, uint64_t numerator, uint64_t denominator)
{
	return raw * (double)numerator / (double)denominator;
}

#define NEIGHBOURS (INT64_C(1) << 52) /* below, doubles are 1 apart or less */

static bool fits(int64_t raw, double bound, uint64_t numerator,
		 uint64_t denominator)
{
	return unit_convert_real((double)raw, numerator, denominator) <= bound;
}

int64_t unit_raw_bound(double bound, uint64_t numerator, uint64_t denominator)
{
	double raw = bound * (double)denominator / (double)numerator;
	int64_t low;

	if (raw >= 9223372036854774784.0)
		return INT64_MAX;
	if (raw <= -9223372036854774784.0)
		return INT64_MIN;
	low = (int64_t)raw;
	if ((double)low > raw)
		low--;
	if (low >= NEIGHBOURS || low <= -NEIGHBOURS)
		return low;
	/* The product is rounded: 0.3 s may seem to be less than 300000000 ns,
	 * which are 0.3 s nevertheless. */
	if (fits(low + 1, bound, numerator, denominator))
		return low + 1;
	return fits(low, bound, numerator, denominator) ? low : low - 1;
}
