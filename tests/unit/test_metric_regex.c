/*
 * test_metric_regex.c - regular expressions: against what Python's re found,
 * what is refused, and how long the worst ones take.
 */
#include "metric/regex_code.h"

#include "base/buf.h"
#include "test.h"

#include <stdlib.h>

static const struct {
	const char *pattern, *text, *found;
} cases[] = {
#include "regex_cases.def"
};

static struct regex *compile(const char *pattern)
{
	const char *why;
	size_t at;
	struct regex *r = regex_new(pattern, strlen(pattern), &why, &at);

	if (!r)
		test_fail(__FILE__, __LINE__, "%s: %s", pattern, why);
	return r;
}

/* As regex_cases.def has it. */
static const char *search(const struct regex *r, const char *text,
			  size_t length)
{
	static char memory[256];
	struct buf b = BUF(memory);
	uint16_t slots[REGEX_SLOTS_MAX];
	void *room = malloc(regex_room(r));
	uint32_t i;

	memset(room, 0xa5, regex_room(r));
	if (regex_search(r, text, length, room, slots)) {
		for (i = 0; i <= regex_groups(r); i++) {
			bool none = slots[2 * i] == REGEX_NOWHERE ||
				    slots[2 * i + 1] == REGEX_NOWHERE;

			buf_str(&b, i > 0 ? " " : "");
			buf_i64(&b, none ? -1 : slots[2 * i]);
			buf_char(&b, ',');
			buf_i64(&b, none ? -1 : slots[2 * i + 1]);
		}
	}
	free(room);
	return memory;
}

TEST(finds_what_python_finds)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct regex *r = compile(cases[i].pattern);
		const char *found =
			search(r, cases[i].text, strlen(cases[i].text));

		if (strcmp(found, cases[i].found) != 0)
			test_fail(__FILE__, __LINE__,
				  "%s on \"%s\": %s, expected %s",
				  cases[i].pattern, cases[i].text, found,
				  cases[i].found);
		regex_free(r);
	}
}

static void refused(const char *pattern, const char *expected, size_t place)
{
	const char *why = "";
	size_t at;
	struct regex *r = regex_new(pattern, strlen(pattern), &why, &at);

	if (r || !strstr(why, expected) || at != place)
		test_fail(__FILE__, __LINE__, "%s: %s at %zu", pattern, why,
			  at);
}

TEST(patterns_that_cannot_be)
{
	char deep[64], wide[512];

	refused("(a", "a ) is missing", 2);
	refused("a)b", "a ( is missing", 1);
	refused("[a-", "a ] is missing", 3);
	refused("[", "a ] is missing", 1);
	refused("[b-a]", "a range ends before it begins", 4);
	refused("*a", "nothing stands in front", 0);
	refused("a|+", "nothing stands in front", 2);
	refused("a**", "it is repeated already", 2);
	refused("a{2}{3}", "it is repeated already", 4);
	refused("a{,3}", "expected {n}", 2);
	refused("a{3,2}", "expected {n}", 5);
	refused("a{101}", "more than 100", 6);
	refused("a\\", "nothing stands behind", 2);
	refused("\\1", "means nothing", 2);
	refused("\\q", "means nothing", 2);
	refused("(?=a)", "(?:...) only", 2);
	refused("(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)", "more than 9 groups", 28);
	refused("(a{50}){50}", "too large", 11);
	memset(deep, '(', sizeof(deep));
	deep[63] = '\0';
	refused(deep, "more than 9 groups", 10);
	strcpy(wide, "(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:a");
	refused(wide, "groups are too deep", 51);
	memset(wide, 'a', sizeof(wide));
	wide[511] = '\0';
	refused(wide, "too large", 256);
}

TEST(any_bytes)
{
	struct regex *r = compile("^[^a]+$");
	char every[256];
	int i;

	for (i = 0; i < 256; i++)
		every[i] = (char)(i == 'a' ? 'b' : i);
	CHECK_STR(search(r, every, sizeof(every)), "0,256");
	CHECK_STR(search(r, "", 0), "");
	CHECK_STR(search(compile(""), "x", 1), "0,0");
	CHECK_STR(search(compile("."), "\n", 1), "");
}

/* The worst that there is for those that backtrack, and more: each step is
 * looked at once per byte, which is counted here and not timed. */
TEST(worst_cases_end)
{
	static const char *const worst[] = {
		"(a*)*b",
		"(a|a)*b",
		"(a|aa)+$b",
		"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x",
		"(?:a?){60}a{60}b",
		"((a+)+)+b",
		"(?:.|a|[^b]|\\w)*c",
		"^(([a-z])+.)+[A-Z]([a-z])+$",
	};
	static char text[REGEX_TEXT_MAX + 100];
	size_t i;

	memset(text, 'a', sizeof(text));
	for (i = 0; i < ARRAY_SIZE(worst); i++)
		CHECK_STR(search(compile(worst[i]), text, sizeof(text)), "");
	/* What is beyond the limit is not there. */
	text[REGEX_TEXT_MAX] = 'x';
	CHECK_STR(search(compile("x"), text, sizeof(text)), "");
	CHECK_STR(search(compile("a$"), text, sizeof(text)), "1023,1024");
}

static uint64_t state = 11;

static uint32_t next_random(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

/* Whatever the pattern, code stays within its bounds (the sanitizers look),
 * and a match lies in the text. */
TEST(patterns_that_say_anything)
{
	static const char alphabet[] = "ab()[]|*+?{}0129,^$\\.-:wdsb";
	uint32_t i, j, compiled = 0;

	for (i = 0; i < 40000; i++) {
		char pattern[24], text[16];
		uint16_t slots[REGEX_SLOTS_MAX];
		uint32_t length = next_random(sizeof(pattern));
		struct regex *r;
		const char *why;
		void *room;
		size_t at;

		for (j = 0; j < length; j++)
			pattern[j] = alphabet[next_random(27)];
		for (j = 0; j < sizeof(text); j++)
			text[j] = "ab0 -"[next_random(5)];
		r = regex_new(pattern, length, &why, &at);
		if (!r)
			continue;
		compiled++;
		room = malloc(regex_room(r));
		if (regex_search(r, text, sizeof(text), room, slots))
			CHECK(slots[0] <= slots[1] && slots[1] <= sizeof(text));
		free(room);
		regex_free(r);
	}
	CHECK(compiled > 1000);
}
