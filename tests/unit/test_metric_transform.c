/*
 * test_metric_transform.c - tags that are made out of others, templates of
 * paths, and the policy for tags that are missing.
 */
#include "metric_parse.h"

#include "metric/cell_map.h"
#include "metric/template.h"

static void set_k(struct fixture_event *e, const char *text)
{
	*e = (struct fixture_event){ .metadata_count = 1 };
	e->metadata[0] = telemetry_str("k", text);
}

/* The tag t of the only sample of a metric with these options, after an event
 * with this metadata. */
static const char *tag_made(const char *options, const char *k)
{
	static unsigned int number;
	static char name[16], value[512];
	struct fixture_event e;
	const char *tag;
	char text[768];

	snprintf(name, sizeof(name), "t%u", number++);
	snprintf(text, sizeof(text), "counter(%s, event=a.b, tags=[t], %s)",
		 name, options);
	CHECK_INT(define(text), 0);
	set_k(&e, k);
	emit("a.b", &e);
	emit("a.b", &e);
	CHECK_INT(find_sample(view(), name, "", "")->count, 2);
	tag = tag_of(find_sample(view(), name, "", ""), "t");
	snprintf(value, sizeof(value), "%s", tag);
	return value;
}

#define MADE(transform, k) tag_made("tag_values=[t=" transform "]", k)

TEST(replace)
{
	setup();
	CHECK_STR(MADE("replace(k, \"[0-9]+\", \"N\")", "a12b34"), "aNb34");
	CHECK_STR(MADE("replace(k, \"(\\d+)-(\\d+)\", \"$2:$1$$\")", "x1-2y"),
		  "x2:1$y");
	CHECK_STR(MADE("replace(k, \"q\", \"N\")", "abc"), "abc");
	CHECK_STR(MADE("replace(k, \"\\\"(x|(y))\", \"$2$0\")", "a\"x"),
		  "a\"x");
	CHECK_STR(MADE("replace(k, \".*\", \"\")", "abc"), "");
	teardown();
}

TEST(match)
{
	setup();
	CHECK_STR(MADE("match(k, \"FROM (\\w+)\", \"$1\")",
		       "SELECT a FROM orders WHERE"),
		  "orders");
	CHECK_STR(MADE("match(k, \"FROM (\\w+)\", \"$1\")", "SELECT 1"), "");
	CHECK_STR(tag_made("tag_values=[t=match(k, \"q\", \"$0\")], "
			   "missing=none",
			   "SELECT 1"),
		  "none");
	CHECK_STR(MADE("match(span, \"x\", \"y\")", "x"), "");
	CHECK_STR(MADE("match(event_name, \"^a\", \"$0!\")", "x"), "a!");
	teardown();
}

static bool matches(const char *template, const char *path)
{
	return template_matches(template, strlen(template), path, strlen(path));
}

TEST(templates_of_paths)
{
	CHECK(matches("/users/:id", "/users/1"));
	CHECK(matches("/users/:id", "/users/1/"));
	CHECK(matches("/users/:id", "/users/1?a=b/c"));
	CHECK(matches("/users/:id", "/users/x#/y"));
	CHECK(!matches("/users/:id", "/users/"));
	CHECK(!matches("/users/:id", "/users"));
	CHECK(!matches("/users/:id", "/users/1/2"));
	CHECK(!matches("/users/:id", "/user/1"));
	CHECK(!matches("/users/:id", "users/1"));
	CHECK(matches("/users/:id/orders/:n", "/users/1/orders/2"));
	CHECK(!matches("/users/:id/orders/:n", "/users//orders/2"));
	CHECK(matches("/static/*", "/static/a/b/c.css"));
	CHECK(matches("/static/*", "/static/"));
	CHECK(matches("/static/*", "/static"));
	CHECK(!matches("/static/*", "/statics"));
	CHECK(matches("/", "/"));
	CHECK(matches("/", "/?x"));
	CHECK(!matches("/", "/a"));
	CHECK(matches("*", "anything/at/all"));
	CHECK_STR(template_check("/a/:b", 5), NULL);
	CHECK_STR(template_check("/", 1), NULL);
	CHECK(strstr(template_check("", 0), "empty"));
	CHECK(strstr(template_check("/a/", 3), "slash at its end"));
	CHECK(strstr(template_check("/a?b", 4), "'?'"));
	CHECK(strstr(template_check("/:/a", 4), "without a name"));
	CHECK(strstr(template_check("/*/a", 4), "before its end"));
}

static const char *guessed(const char *path)
{
	static char memory[256];
	struct buf b = BUF(memory);

	template_guess(&b, path, strlen(path));
	return memory;
}

TEST(paths_without_a_template)
{
	CHECK_STR(guessed("/users/42/orders/7"), "/users/:n/orders/:n");
	CHECK_STR(guessed("/a/3f2504e0-4f89-11d3-9a0c-0305e82c3301/b"),
		  "/a/:uuid/b");
	CHECK_STR(guessed("/c/deadbee5/x"), "/c/:hex/x");
	CHECK_STR(guessed("/c/deadbeef/x"), "/c/deadbeef/x");
	CHECK_STR(guessed("/c/abc123/v2"), "/c/abc123/v2");
	CHECK_STR(guessed("/?q=1"), "/");
	CHECK_STR(guessed("/1/"), "/:n");
	CHECK_STR(guessed("12"), ":n");
	CHECK_STR(guessed("//5"), "//:n");
	CHECK_STR(guessed(""), "");
}

TEST(template_tags)
{
#define ROUTES "template(k, \"/users/:id\", \"/users/*\""
	setup();
	CHECK_STR(MADE(ROUTES ")", "/users/1"), "/users/:id");
	CHECK_STR(MADE(ROUTES ")", "/users/1/2"), "/users/*");
	CHECK_STR(MADE(ROUTES ")", "/other/1"), "");
	CHECK_STR(MADE(ROUTES ", auto)", "/other/1"), "/other/:n");
	CHECK_STR(MADE("template(k, auto)", "/users/1"), "/users/:n");
	teardown();
}

TEST(transforms_that_cannot_be)
{
#define BAD(transform, reason)                                                 \
	bad("counter(a.b, tag_values=[x=" transform "])", reason)
	setup();
	BAD("replce(k, \"a\", \"b\")", "did you mean replace?");
	BAD("replace(k, \"a\")", "expected a pattern and a replacement");
	BAD("replace(k)", "expected a pattern and a replacement");
	BAD("replace(\"k\")", "invalid key \"\"");
	BAD("replace(k, \"a\", \"b\", \"c\")", "expected a pattern and");
	BAD("replace(k, \"a\", b)", "found \"b\", expected a text in quotes");
	BAD("replace(k, \"a\", auto)", "expected a text in quotes");
	BAD("replace(k, \"a(\", \"b\")", "\"a(\", byte 3: a ) is missing");
	BAD("match(k, \"(a)\", \"$2\")", "\"$2\", byte 1: there is no such");
	BAD("match(k, \"(a)\", \"x$y\")", "byte 2: expected $0 to $9, or $$");
	BAD("match(k, \"(a)\", \"x$\")", "byte 2: expected $0 to $9, or $$");
	BAD("template(k)", "there is no template");
	BAD("template(k, \"/a/\")", "the template \"/a/\" has a '?', a '#' or");
	BAD("template(k, \"/a\", x)", "expected a template in quotes or auto");
	BAD("template(k, \"/a\"", "found ], expected , or )");
	bad("counter(a.b, missing=)", "expected skip, a word or a text");
	bad("counter(a.b, missing=\"a)", "a closing quote is missing");
	bad("counter(a.b, mising=skip)", "did you mean missing?");
	teardown();
}

/* How many tag sets this thread knows. */
static NOINLINE uint32_t known_sets(void)
{
	const struct cell_map *map = thread_self.owner->metric;

	return map->table->count;
}

TEST(the_result_counts_for_the_cap)
{
	struct fixture_event e;
	char path[32];
	int i;

	setup();
	define("counter(c, event=a.b, tags=[t], max_series=2, "
	       "tag_values=[t=template(k, auto)])");
	for (i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/users/%d", i);
		set_k(&e, path);
		emit("a.b", &e);
	}
	CHECK_INT(find_sample(view(), "c", "t", "/users/:n")->count, 5000);
	/* And what the thread remembers does not grow with the paths. */
	CHECK(known_sets() < 5);
	CHECK_INT(drops(DROP_SERIES), 0);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/%c", 'a' + i);
		set_k(&e, path);
		emit("a.b", &e);
		emit("a.b", &e);
	}
	CHECK_INT(find_sample(view(), "c", "t", "/a")->count, 2);
	CHECK_INT(
		find_sample(view(), "c", "otel.metric.overflow", "true")->count,
		6);
	CHECK_INT(drops(DROP_SERIES), 6);
	teardown();
}

TEST(long_texts_are_cut_at_a_character)
{
	static char k[2000];
	size_t i;

	setup();
	for (i = 0; i + 1 < sizeof(k) - 1; i += 2)
		memcpy(k + i, "\xc3\xa9", 2); /* é */
	CHECK_INT(strlen(MADE("replace(k, \"q\", \"\")", k)), 254);
	memset(k, 'x', sizeof(k) - 1);
	CHECK_INT(strlen(MADE("replace(k, \"q\", \"\")", k)), 255);
	teardown();
}

static uint64_t count_of(const char *name)
{
	const struct telemetry_metric *m = find_metric(view(), name);
	uint64_t count = 0;
	size_t i;

	for (i = 0; m && i < m->sample_count; i++)
		count += m->samples[i].count;
	return count;
}

TEST(missing_tags_are_a_text)
{
	struct fixture_event e;

	setup();
	define("counter(c, event=a.b, tags=[k, span, x, db.x], missing=none, "
	       "tag_values=[x=\"\"])");
	set_k(&e, "");
	emit("a.b", &e);
	set_k(&e, NULL);
	emit("a.b", &e);
	e.metadata_count = 0;
	emit("a.b", &e);
	CHECK_INT(find_sample(view(), "c", "", "")->count, 3);
	CHECK_STR(tag_of(find_sample(view(), "c", "", ""), "k"), "none");
	CHECK_STR(tag_of(find_sample(view(), "c", "", ""), "span"), "none");
	CHECK_STR(tag_of(find_sample(view(), "c", "", ""), "db.x"), "none");
	/* A constant is what it is. */
	CHECK_STR(tag_of(find_sample(view(), "c", "", ""), "x"), "");
	CHECK_INT(drops(DROP_TAG), 1);
	/* The text itself is the same series. */
	set_k(&e, "none");
	emit("a.b", &e);
	CHECK_INT(find_sample(view(), "c", "", "")->count, 4);
	teardown();
}

TEST(missing_tags_skip_the_event)
{
	struct fixture_event e;

	setup();
	define("counter(c, event=a.b, tags=[k, x], missing=skip, "
	       "tag_values=[x=\"\"])");
	define("counter(d, event=a.b, tags=[k, t], missing=skip, "
	       "tag_values=[t=match(k, \"v\", \"$0\")])");
	define("counter(e, event=a.b, tags=[span], missing=skip)");
	define("counter(f, event=a.b, tags=[k], missing=\"skip\")");
	set_k(&e, "");
	emit("a.b", &e);
	set_k(&e, NULL);
	emit("a.b", &e);
	CHECK_INT(count_of("c"), 0);
	CHECK_INT(drops(DROP_TAG), 6);
	set_k(&e, "v");
	emit("a.b", &e);
	set_k(&e, "w");
	emit("a.b", &e);
	emit("a.b", &e);
	CHECK_INT(count_of("c"), 3);
	CHECK_INT(count_of("d"), 1);
	CHECK_INT(count_of("e"), 0);
	CHECK_INT(find_sample(view(), "f", "k", "skip")->count, 2);
	/* e five times; c and d twice each, d twice for its match. */
	CHECK_INT(drops(DROP_TAG), 5 + 2 + 2 + 2);
	teardown();
}

TEST(a_child_starts_anew)
{
	struct fixture_event e;

	setup();
	define("counter(c, event=a.b, tags=[t], "
	       "tag_values=[t=template(k, auto)])");
	set_k(&e, "/1");
	emit("a.b", &e);
	emit("a.b", &e);
	metric_after_fork();
	emit("a.b", &e);
	CHECK_INT(known_sets(), 1);
	teardown();
}
