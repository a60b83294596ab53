/*
 * test_metric_tags.c - which events a metric meets, and which tags it takes
 * from them.
 */
#include "metric_fixture.h"

static const struct telemetry_sample *only(const char *name)
{
	const struct telemetry_sample *s = find_sample(view(), name, "", "");

	CHECK(s != NULL);
	return s;
}

TEST(tags_of_every_type)
{
	struct fixture_event e = { .metadata_count = 7, .interned = false };
	const struct telemetry_sample *s;

	setup();
	define("counter(a.b.c, tags=[i, u, f, b, s, p, n, event_name])");
	e.metadata[0] = telemetry_i64("i", -3);
	e.metadata[1] = telemetry_u64("u", UINT64_MAX);
	e.metadata[2] = telemetry_f64("f", 0.1);
	e.metadata[3] = telemetry_bool("b", 1);
	e.metadata[4] = telemetry_strn("s", "text, and more", 4);
	e.metadata[5] = telemetry_i64("p", 0);
	e.metadata[5].value.type = TELEMETRY_POINTER;
	e.metadata[5].value.as.pointer = (void *)0xabc;
	e.metadata[6] = telemetry_str("n", NULL);
	emit("a.b", &e);
	emit("a.b", &e);
	s = only("a.b.c");
	CHECK_INT(s->count, 2);
	CHECK_INT(s->tag_count, 8);
	CHECK_STR(s->tags[0].key, "i");
	CHECK_STR(s->tags[0].value, "-3");
	CHECK_STR(s->tags[1].value, "18446744073709551615");
	CHECK_STR(s->tags[2].value, "0.1");
	CHECK_STR(s->tags[3].value, "true");
	CHECK_STR(s->tags[4].value, "text");
	CHECK_STR(s->tags[5].value, "0xabc");
	CHECK_STR(s->tags[6].value, "");
	CHECK_STR(s->tags[7].value, "a.b");
	teardown();
}

TEST(the_same_text_is_the_same_series)
{
	struct fixture_event e = { .metadata_count = 1 };
	const struct symbol *text;

	setup();
	define("counter(a.b.c, tags=[k])");
	text = symbol_intern("42", 2);
	e.metadata[0] = telemetry_str("k", "42");
	emit("a.b", &e);
	e.metadata[0] = telemetry_i64("k", 42);
	emit("a.b", &e);
	e.metadata[0] = telemetry_u64("k", 42);
	emit("a.b", &e);
	e.metadata[0] = field_symbol(symbol_intern("k", 1), text);
	e.interned = true;
	emit("a.b", &e);
	emit("a.b", &e);
	CHECK_INT(only("a.b.c")->count, 5);
	/* A missing one and an empty one are the same, too. */
	e.interned = false;
	e.metadata[0] = telemetry_str("k", "");
	emit("a.b", &e);
	e.metadata_count = 0;
	emit("a.b", &e);
	CHECK_INT(find_sample(view(), "a.b.c", "k", "")->count, 2);
	teardown();
}

TEST(missing_tags_are_counted_where_it_matters)
{
	struct fixture_event e = { .metadata_count = 0 };

	setup();
	define("counter(a.b.c, tags=[k, error.type, db.x, server.port])");
	emit("a.b", &e);
	CHECK_INT(drops(DROP_TAG), 1);
	e.interned = true;
	emit("a.b", &e);
	CHECK_INT(drops(DROP_TAG), 1);
	CHECK_INT(only("a.b.c")->count, 2);
	teardown();
}

TEST(fields_may_move)
{
	struct fixture_event e = { .metadata_count = 2,
				   .measurement_count = 2 };
	int i;

	setup();
	define("sum(a.b.n, tags=[k])");
	for (i = 0; i < 10; i++) {
		e.metadata[i % 2] = telemetry_str("k", "yes");
		e.metadata[1 - i % 2] = telemetry_str("x", "no");
		e.measurements[i % 2] = telemetry_i64("n", 1);
		e.measurements[1 - i % 2] = telemetry_i64("m", 100);
		emit("a.b", &e);
	}
	e.metadata_count = 1;
	e.metadata[0] = telemetry_str("k", "yes");
	emit("a.b", &e);
	CHECK(find_sample(view(), "a.b.n", "k", "yes")->value == 11);
	teardown();
}

TEST(spans_and_error_types)
{
	struct fixture_event e = { .metadata_count = 2, .duration = 10 };
	const struct telemetry_snapshot *s;

	setup();
	define("summary(d, span=x.y, measurement=duration, "
	       "tags=[span, error.type])");
	define("counter(e, event=[*.exception, *.lonely], "
	       "tags=[span, error.type])");
	e.metadata[0] = telemetry_str("kind", "errno");
	e.metadata[1] = telemetry_str("reason", "EPIPE");
	emit("x.y.start", &e);
	emit("x.y.stop", &e);
	emit("x.y.exception", &e);
	e.metadata[0] = telemetry_str("error.type", "broken");
	emit("x.y.exception", &e);
	s = view();
	CHECK_INT(find_metric(s, "d")->sample_count, 3);
	CHECK_INT(find_sample(s, "d", "error.type", "")->count, 1);
	CHECK_INT(find_sample(s, "d", "error.type", "EPIPE")->count, 1);
	CHECK_INT(find_sample(s, "d", "error.type", "broken")->count, 1);
	CHECK_STR(tag_of(find_sample(s, "d", "error.type", "EPIPE"), "span"),
		  "x.y");
	CHECK_INT(find_metric(s, "e")->sample_count, 2);
	/* An event that belongs to no span has no such tag. */
	emit("some.lonely", &e);
	CHECK_INT(find_sample(view(), "e", "span", "")->count, 1);
	teardown();
}

TEST(globs_meet_events_of_before_and_after)
{
	setup();
	emit_one("a.old.x", telemetry_i64("n", 1), "", "");
	define("sum(n, event=[a.*.x, b.exact, *.exact], tags=[event_name])");
	define("sum(m, event=a*, measurement=n, tags=[event_name])");
	emit_one("a.old.x", telemetry_i64("n", 1), "", "");
	emit_one("a.new.and.new.x", telemetry_i64("n", 1), "", "");
	emit_one("b.exact", telemetry_i64("n", 1), "", "");
	emit_one("a.new.y", telemetry_i64("n", 1), "", "");
	CHECK_INT(find_metric(view(), "n")->sample_count, 3);
	CHECK_INT(find_metric(view(), "m")->sample_count, 3);
	CHECK(find_sample(view(), "n", "event_name", "b.exact")->value == 1);
	/* Only the event that was named has to have the measurement. */
	emit_one("a.old.x", telemetry_i64("z", 1), "", "");
	CHECK_INT(drops(DROP_VALUE), 0);
	emit_one("b.exact", telemetry_i64("z", 1), "", "");
	CHECK_INT(drops(DROP_VALUE), 1);
	teardown();
}

TEST(names_are_left_out_too)
{
	setup();
	define("counter(c, event=[a.*, -a.two, -b.*, b.one], "
	       "tags=[event_name])");
	emit_one("a.one", telemetry_i64("n", 1), "", "");
	emit_one("a.two", telemetry_i64("n", 1), "", "");
	emit_one("b.one", telemetry_i64("n", 1), "", "");
	CHECK_INT(find_metric(view(), "c")->sample_count, 2);
	CHECK(find_sample(view(), "c", "event_name", "a.two") == NULL);
	teardown();
}

TEST(same_name_twice)
{
	setup();
	CHECK_INT(define("counter(a.b.c)"), 0);
	CHECK_INT(define("counter(a.b.c)"), 0);
	CHECK_INT(define("sum(a.b.c)"), -EEXIST);
	emit_one("a.b", telemetry_i64("c", 5), "", "");
	CHECK(only("a.b.c")->value == 1);
	teardown();
}
