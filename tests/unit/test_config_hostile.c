/*
 * test_config_hostile.c - YAML files that mean harm: depth, width, laughs, and
 * bytes that say anything.
 */
#include "config_fixture.h"

static size_t repeat(char *to, const char *part, size_t times)
{
	size_t length = strlen(part), i;

	for (i = 0; i < times; i++)
		memcpy(to + i * length, part, length);
	return length * times;
}

static char big[1 << 20];

static void hostile(size_t length, const char *line)
{
	const char *log;

	setup();
	put("t", big, length);
	config_file_read(path_of("t"), nothing);
	log = logged();
	if (line ? !strstr(log, line) : *log != '\0')
		test_fail(__FILE__, __LINE__, "expected %s, found %.300s", line,
			  log);
}

TEST(deep_files)
{
	hostile(repeat(big, "[", sizeof(big)), "too deep");
	hostile(repeat(big, "{a: ", 100000), "too deep");
	hostile(repeat(big, "- ", 500000), "too deep");
	hostile(repeat(big, "? ", 500000), "t:1: ");
	hostile(repeat(big, "'", 1000000), "no configuration");
	teardown();
}

TEST(wide_files)
{
	size_t n = (size_t)sprintf(big, "only: [");

	n += repeat(big + n, "a,", 50000);
	hostile(n, "more than 20000 parts");
	n = (size_t)sprintf(big, "dir: ");
	n += repeat(big + n, "x", 900000);
	hostile(n, "dir: the value is too long");
	n = (size_t)sprintf(big, "metrics: [{counter: a.b, tags: [");
	n += repeat(big + n, "x,", 15000);
	strcpy(big + n, "]}]");
	hostile(n + 3, "the definition is too long");
	n = repeat(big, "#\n", 500000);
	hostile(n, NULL);
	memset(big, 0, sizeof(big));
	hostile(sizeof(big), "t:1: this is no YAML: control characters");
	teardown();
}

TEST(laughs)
{
	strcpy(big, "a: &a [x,x,x,x,x,x,x,x,x]\n"
		    "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
		    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n");
	hostile(strlen(big), "t:1: anchors");
	teardown();
}

static uint64_t state = 5;

static uint32_t next_random(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

/* Whatever stands there: no crash, no memory that is kept, and every line of
 * the log names the file. */
TEST(files_that_say_anything)
{
	static const char seed[] =
		"reporters: [console]\nmetrics:\n- counter: a.b\n  tags: [x]\n"
		"  tag_values: {x: {match: k, pattern: 'a(b)', replacement: "
		"$1}}\n  keep:\n  - x >= 5\n- |\n  sum(c.d)\nconsole: {mode: "
		"\"events\"}\n# end\n";
	static const char alphabet[] =
		"\n\n  :-[]{},\"'|>&*!%@`?#ab\t\\~\x80\xff\0\xc3\xa9";
	size_t length, used = 0;
	uint32_t i, j;

	setup();
	log_set_level(LOG_ERROR);
	for (i = 0; i < 6000; i++) {
		length = sizeof(seed) - 1;
		memcpy(big, seed, length);
		for (j = next_random(6) + 1; j > 0; j--)
			big[next_random((uint32_t)length)] =
				alphabet[next_random(sizeof(alphabet) - 1)];
		if (i % 3 == 0)
			length = next_random((uint32_t)length);
		put("t", big, length);
		config_file_read(path_of("t"), nothing);
		if (i == 3000)
			used = arena_used();
	}
	/* Settings and definitions stay; the nodes and the parser do not. */
	CHECK(arena_used() < used + (4 << 20));
	teardown();
}

TEST(what_it_needs_is_given_back)
{
	size_t before, i;

	read_text("dir: x\n");
	before = arena_used();
	for (i = 0; i < 2000; i++)
		read_text("# nothing\n- a\n");
	CHECK_INT(arena_used(), before);
	teardown();
}
