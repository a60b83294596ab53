/* test_buf.c - bounded text and numbers, against libc's own conversions. */
#include "base/buf.h"

#include "test.h"

#include <float.h>
#include <math.h>

static uint64_t state = 0x243f6a8885a308d3u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t to_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static const char *text_of(double value)
{
	static char text[64];
	struct buf buf = BUF(text);

	buf_double(&buf, value);
	CHECK(!buf.cut);
	return text;
}

static int significant_digits(const char *text)
{
	char digits[64];
	int count = 0;

	for (; *text && *text != 'e'; text++)
		if (*text >= '0' && *text <= '9' && (count || *text != '0'))
			digits[count++] = *text;
	while (count > 0 && digits[count - 1] == '0')
		count--;
	return count;
}

/* Reads back as the same double, with no more digits than any precision of
 * printf that does so, and no farther off than that. */
static void check_shortest(double value)
{
	const char *text = text_of(value);
	char candidate[64];
	int precision;

	CHECK_INT(to_bits(strtod(text, NULL)), to_bits(value));
	for (precision = 1; precision <= 17; precision++) {
		snprintf(candidate, sizeof(candidate), "%.*e", precision - 1,
			 value);
		if (strtod(candidate, NULL) == value)
			break;
	}
	CHECK(significant_digits(text) <= significant_digits(candidate));
}

TEST(text_is_cut_and_terminated)
{
	char memory[8];
	struct buf buf = BUF(memory);

	CHECK_STR(buf.text, "");
	buf_str(&buf, "1234567");
	CHECK(!buf.cut);
	buf_char(&buf, '8');
	CHECK(buf.cut);
	CHECK_STR(buf.text, "1234567");
	CHECK_INT(buf.length, 7);
	buf_init(&buf, memory, sizeof(memory));
	buf_bytes(&buf, "0123456789", 10);
	CHECK_STR(buf.text, "0123456");
	buf_init(&buf, memory, 0);
	buf_str(&buf, "x");
	CHECK(buf.cut);
	CHECK_INT(buf.length, 0);
	CHECK_INT(memory[0], '0');
}

TEST(integers)
{
	char memory[128];
	struct buf buf = BUF(memory);

	buf_u64(&buf, 0);
	buf_char(&buf, ' ');
	buf_u64(&buf, UINT64_MAX);
	buf_char(&buf, ' ');
	buf_i64(&buf, INT64_MIN);
	buf_char(&buf, ' ');
	buf_i64(&buf, -1);
	buf_char(&buf, ' ');
	buf_hex(&buf, 0xdeadbeefcafe);
	CHECK_STR(memory, "0 18446744073709551615 -9223372036854775808 -1 "
			  "deadbeefcafe");
}

TEST(formats)
{
	char memory[256], expected[256];
	struct buf buf = BUF(memory);
	const char *volatile none = NULL;
	void *p = memory;

#define FORMAT "%s|%.*s|%d|%u|%ld|%lu|%lld|%llu|%zu|%x|%lx|%c|%p|%%|end"
#define ARGUMENTS                                                              \
	"text", 3, "abcdef", -5, 7u, -8L, 9UL, -10LL, 11ULL, (size_t)12,       \
		0xabu, 0xcdefUL, 'c', p
	buf_printf(&buf, FORMAT, ARGUMENTS);
	snprintf(expected, sizeof(expected), FORMAT, ARGUMENTS);
	CHECK_STR(memory, expected);
	buf_init(&buf, memory, sizeof(memory));
	buf_printf(&buf, "%s %.*s", none, 2, "a");
	CHECK_STR(memory, "(null) a");
}

TEST(doubles_look_like_this)
{
	CHECK_STR(text_of(0), "0");
	CHECK_STR(text_of(-0.0), "-0");
	CHECK_STR(text_of(1), "1");
	CHECK_STR(text_of(-2.5), "-2.5");
	CHECK_STR(text_of(0.1), "0.1");
	CHECK_STR(text_of(100), "100");
	CHECK_STR(text_of(123456.789), "123456.789");
	CHECK_STR(text_of(0.001), "0.001");
	CHECK_STR(text_of(0.00001), "1e-05");
	CHECK_STR(text_of(1e16), "10000000000000000");
	CHECK_STR(text_of(1e17), "1e+17");
	CHECK_STR(text_of(1.25e300), "1.25e+300");
	CHECK_STR(text_of(5e-324), "5e-324");
	CHECK_STR(text_of(DBL_MAX), "1.7976931348623157e+308");
	CHECK_STR(text_of(NAN), "nan");
	CHECK_STR(text_of(INFINITY), "inf");
	CHECK_STR(text_of(-INFINITY), "-inf");
	CHECK_STR(text_of(9007199254740993.0), "9007199254740992");
	CHECK_STR(text_of(2e-3), "0.002");
}

TEST(doubles_are_shortest)
{
	int i;

	for (i = 0; i < 100000; i++) {
		double value = from_bits(next_random());

		if (isfinite(value))
			CHECK_INT(to_bits(strtod(text_of(value), NULL)),
				  to_bits(value));
	}
	for (i = 0; i < 5000; i++) {
		double value = from_bits(next_random());

		if (isfinite(value) && value != 0)
			check_shortest(value);
		check_shortest((double)(next_random() % 100000) / 1000 + 1);
	}
}

TEST(doubles_next_to_powers_of_two)
{
	int e;

	for (e = -1074; e < 1024; e++) {
		double value = ldexp(1, e);

		check_shortest(value);
		check_shortest(nextafter(value, INFINITY));
		if (e > -1074)
			check_shortest(nextafter(value, 0));
	}
}

TEST(parses_unsigned)
{
	uint64_t value = 0;

	CHECK(parse_u64("18446744073709551615x", 20, &value));
	CHECK_INT(value, UINT64_MAX);
	CHECK(parse_u64("007", 3, &value));
	CHECK_INT(value, 7);
	CHECK(!parse_u64("18446744073709551616", 20, &value));
	CHECK(!parse_u64("", 0, &value));
	CHECK(!parse_u64("-1", 2, &value));
	CHECK(!parse_u64(" 1", 2, &value));
	CHECK(!parse_u64("1 ", 2, &value));
	CHECK_INT(value, 7);
}

static void check_parse(const char *text)
{
	double value = 12345;

	CHECK(parse_double(text, strlen(text), &value));
	if (to_bits(value) != to_bits(strtod(text, NULL)))
		CHECK_STR(text, text_of(value));
}

TEST(parses_doubles)
{
	static const char *const good[] = {
		"0",
		"-0",
		"+1",
		"1.",
		".5",
		"-.5e1",
		"1e0",
		"1E+2",
		"3e-2",
		"0.000000000000000000000000000001",
		"1e22",
		"1e23",
		"1e-22",
		"9007199254740993",
		"9007199254740991e22",
		"123456789012345678",
		"1234567890123456789e-22",
		"9999999999999999999e22",
		"2.2250738585072014e-308",
		"2.2250738585072011e-308",
		"4.9e-324",
		"2.4703282292062327e-324",
		"2.4703282292062328e-324",
		"1.7976931348623157e308",
		"1.7976931348623158e308",
		"1.7976931348623159e308",
		"1e309",
		"1e99999999999999999999",
		"1e-99999999999999999999",
		"0e99999999999999999999",
		"0.1000000000000000055511151231257827021181583404541015625",
		"0."
		"100000000000000005551115123125782702118158340454101562500001",
		"9007199254740992.99999999999999999999999999999999999999999999",
		"9007199254740993.00000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000001",
	};
	static const char *const bad[] = {
		"",    "-",  "e5", ".",	  "1e",	   "1e+", "0x1", "inf",
		"nan", "1 ", " 1", "1,5", "1.2.3", "--1", "1e5x"
	};
	double value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		check_parse(good[i]);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_double(bad[i], strlen(bad[i]), &value))
			CHECK_STR(bad[i], "(not a number)");
}

TEST(parses_doubles_like_strtod)
{
	char text[64];
	int i;

	for (i = 0; i < 50000; i++) {
		uint64_t r = next_random();
		double value = from_bits(next_random());

		snprintf(text, sizeof(text), "%llue%d",
			 (unsigned long long)(r >> (r % 60)),
			 (int)(next_random() % 45) - 22);
		check_parse(text);
		snprintf(text, sizeof(text), "%.*g", (int)(r % 21) + 1, value);
		if (isfinite(value))
			check_parse(text);
	}
}

/* Half-way between two doubles, and a hair beside it. */
TEST(parses_ties_to_even)
{
	char text[64];
	int i;

	for (i = 0; i < 20000; i++) {
		uint64_t odd = (next_random() >> 10 | (1ull << 53)) | 1;

		snprintf(text, sizeof(text), "%llu", (unsigned long long)odd);
		check_parse(text);
		snprintf(text, sizeof(text), "%llu.0000000000000000000001",
			 (unsigned long long)odd);
		check_parse(text);
		snprintf(text, sizeof(text), "%llu.9999999999999999999999",
			 (unsigned long long)odd - 1);
		check_parse(text);
	}
}
