/* test_json_fast.c - what the JSON reporter does the short way, for each event,
 * comes out as the long way has it. */
#include "test.h"

/* A static of the same name. */
#define escape escape_byte
#include "../../reporters/common/escape.c"
#undef escape
#include "../../reporters/common/glob.c"
#include "../../reporters/common/json.c"
#include "../../reporters/common/number.c"
#include "../../reporters/common/text.c"
#include "../../reporters/common/utf8.c"
#include "../../reporters/json/choose.c"

#include <time.h>

static bool same(const struct text *a, const struct text *b)
{
	return !a->failed && !b->failed && a->length == b->length &&
	       !memcmp(a->data, b->data, a->length);
}

static void check_seconds(uint64_t ns)
{
	struct text fast = { 0 }, slow = { 0 };

	text_seconds(&fast, ns, 17);
	text_double(&slow, (double)ns / 1e9, 17);
	if (!same(&fast, &slow))
		printf("%llu ns: %.*s, not %.*s\n", (unsigned long long)ns,
		       (int)fast.length, fast.data, (int)slow.length,
		       slow.data);
	CHECK(same(&fast, &slow));
	text_free(&fast);
	text_free(&slow);
}

TEST(seconds_are_those_of_the_double)
{
	uint64_t power = 1, random = 1;
	int i;

	check_seconds(0);
	for (i = 0; i < 19; i++, power *= 10) {
		check_seconds(power - 1);
		check_seconds(power);
		check_seconds(power + 1);
		check_seconds(3 * power);
		check_seconds(12 * power);
	}
	check_seconds(UINT64_MAX);
	for (i = 0; i < 20000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		check_seconds(random >> (random >> 58));
	}
}

static uint64_t random_number(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> (state >> 58);
}

static void check_number(uint64_t value, int width)
{
	struct text text = { 0 };
	char expected[40];

	text_digits(&text, value, width);
	text_char(&text, ' ');
	text_hex(&text, value);
	text_char(&text, ' ');
	text_i64(&text, (int64_t)value);
	text_char(&text, '\0');
	snprintf(expected, sizeof(expected) / 2, "%0*llu ", width,
		 (unsigned long long)value);
	CHECK(!strncmp(text.data, expected, strlen(expected)));
	snprintf(expected, sizeof(expected), "%016llx %lld",
		 (unsigned long long)value, (long long)value);
	CHECK_STR(strchr(text.data, ' ') + 1, expected);
	text_free(&text);
}

TEST(digits_are_those_of_printf)
{
	uint64_t power = 1;
	int i, width;

	for (i = 0; i < 20; i++, power *= 10) {
		for (width = 1; width < 12; width++) {
			check_number(power - 1, width);
			check_number(power, width);
			check_number(power + 7, width);
		}
	}
	check_number(UINT64_MAX, 1);
	check_number((uint64_t)INT64_MAX + 1, 9);
	for (i = 0; i < 20000; i++)
		check_number(random_number(), 1 + i % 10);
}

static void check_time(uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char expected[64], day[32];
	struct text text = { 0 };
	struct tm tm;

	json_time(&text, ns);
	text_char(&text, '\0');
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(expected, sizeof(expected), "\"%s.%09lluZ\"", day,
		 (unsigned long long)(ns % 1000000000));
	CHECK_STR(text.data, expected);
	text_free(&text);
}

/* Of all days that a number of nanoseconds can say. */
TEST(times_are_those_of_the_calendar)
{
	const uint64_t day = 86400ull * 1000000000;
	uint64_t i;

	for (i = 0; i < UINT64_MAX / day; i++) {
		check_time(i * day);
		check_time((i + 1) * day - 1);
	}
	check_time(UINT64_MAX);
	for (i = 0; i < 20000; i++)
		check_time(random_number());
}

/* As json_text() is meant, a character at a time. */
static void slow_text(struct text *out, const char *s, size_t limit)
{
	size_t done = 0;
	uint32_t c;

	text_char(out, '"');
	while (s[done]) {
		size_t length = utf8_decode(s + done, &c);

		if (done + (length ? length : 1) > limit) {
			text_str(out, ELLIPSIS);
			break;
		}
		if (!length)
			text_str(out, REPLACEMENT);
		else if (text_is_harmless(c) && c != '"')
			text_bytes(out, s + done, length);
		else
			escape(out, c);
		done += length ? length : 1;
	}
	text_char(out, '"');
}

static void check_text(const char *string, size_t limit)
{
	struct text fast = { 0 }, slow = { 0 };
	bool is_cut = json_text(&fast, string, limit);

	slow_text(&slow, string, limit);
	CHECK(same(&fast, &slow));
	CHECK_INT(is_cut, strlen(string) > limit);
	text_free(&fast);
	text_free(&slow);
}

TEST(texts_are_escaped_wherever_it_begins)
{
	static const char texts[][24] = { "a", "abcxdef", "abcdefgh",
					  "a text of nineteen." };
	char string[24];
	size_t limit, at, i;
	int c;

	for (i = 0; i < 4; i++) {
		for (at = 0; at < strlen(texts[i]); at++) {
			for (c = 1; c < 256; c++) {
				strcpy(string, texts[i]);
				string[at] = (char)c;
				for (limit = 0; limit < 23; limit++)
					check_text(string, limit);
			}
		}
	}
	check_text("", 0);
	check_text("", 5);
	check_text("gr\xc3\xbc\xc3\x9f\xe2\x80\xae", JSON_WHOLE);
	for (limit = 0; limit < 9; limit++)
		check_text("gr\xc3\xbc\xc3", limit);
}

TEST(text_grows)
{
	struct text text = { 0 };
	int i;

	for (i = 0; i < 5000; i++)
		text_char(&text, (char)('a' + i % 26));
	CHECK_INT(text.length, 5000);
	for (i = 0; i < 5000; i++)
		CHECK(text.data[i] == 'a' + i % 26);
	text.failed = true;
	text_char(&text, 'x');
	text_bytes(&text, "xyz", 3);
	CHECK_INT(text.length, 5000);
	text_free(&text);
}

/* More keys than are remembered, long ones, two lists, and another list where
 * one was. */
TEST(choices_are_those_of_the_globs)
{
	char first[] = "*1*,key.2?,*word*", second[] = "*2*,-key.3,k*9";
	struct json_options options = { .redact = first, .fields = second };
	char key[80];
	int round, i;

	for (round = 0; round < 6; round++) {
		if (round == 3) {
			strcpy(first, "*4*");
			json_forget_choices();
		}
		for (i = 0; i < 300; i++) {
			snprintf(key, sizeof(key), "key.%d%s", i,
				 i % 7 ? ""
				       : "-and-more-than-fifty-characters"
					 "-of-another-word-here");
			CHECK_INT(json_is_secret(&options, key),
				  glob_chooses(first, key));
			CHECK_INT(json_is_allowed(&options, key),
				  glob_chooses(second, key));
		}
	}
}

/* Two lists, and two keys, that fall on the same place. */
TEST(choices_are_told_apart)
{
	static char lists[2][1024] = { "k", "-k" }, huge[100000];
	struct json_options options = { .redact = lists[0],
					.fields = lists[1] };
	char key[] = "kx";
	int c;

	for (c = 1; c < 128; c++) {
		key[1] = (char)c;
		CHECK(!json_is_secret(&options, key));
		CHECK(json_is_secret(&options, "k"));
		CHECK(!json_is_allowed(&options, "k"));
	}
	memset(huge, 'k', sizeof(huge) - 1);
	CHECK(!json_is_secret(&options, huge));
	/* Another list where one was. */
	CHECK(!json_is_secret(&options, "other"));
	lists[0][0] = '*';
	json_forget_choices();
	CHECK(json_is_secret(&options, "other"));
}
