/*
 * test_metric_rules.c - keep, drop and tag_values: which events a metric takes,
 * and where its tags have their values from.
 */
#include "metric_parse.h"

#include "metric/collect.h"

#include <math.h>

static uint64_t count_of(const char *name)
{
	const struct telemetry_metric *m = find_metric(view(), name);

	return m ? m->samples[0].count : 0;
}

/* Does the event a.b with this field, as metadata, pass the conditions? */
static bool keeps(const char *conditions, struct telemetry_field field)
{
	static unsigned int number;
	struct fixture_event e = { .metadata = { field }, .metadata_count = 1 };
	char text[256], name[16];

	snprintf(name, sizeof(name), "c%u", number++);
	snprintf(text, sizeof(text), "counter(%s, event=a.b, %s)", name,
		 conditions);
	CHECK_INT(define(text), 0);
	emit("a.b", &e);
	return count_of(name) == 1;
}

TEST(M15_conditions_that_cannot_be)
{
	setup();
	bad("counter(a.b, keep=[x=1], drop=[y=1])", "both keep and drop");
	bad("counter(a.b, keep=[])", "no condition");
	bad("counter(a.b, keep=x=1)", "expected a list in brackets");
	bad("counter(a.b, keep=[x])", "found ], expected =, !=, <, <=, >, >=, "
				      "~ or !~ after \"x\"");
	bad("counter(a.b, keep=[x!1])", "found !, expected =");
	bad("counter(a.b, keep=[x=])", "found ], expected a number, a word");
	bad("counter(a.b, keep=[x==1])", "found =, expected a number, a word");
	bad("counter(a.b, keep=[=1])", "invalid key \"\"");
	bad("counter(a.b, keep=[x.=1])", "invalid key \"x.\"");
	bad("counter(a.b, keep=[x<ten])",
	    "\"x\" is compared with a text, expected a number");
	bad("counter(a.b, keep=[x<\"1\"])", "expected a number");
	bad("counter(a.b, keep=[x<nan])", "expected a number");
	bad("counter(a.b, keep=[x=\"1])", "a closing quote is missing");
	bad("counter(a.b, keep=[x=1 y=2])", "found y, expected , or ]");
	bad("counter(a.b, drop=[a=1,b=2,c=3,d=4,e=5])",
	    "too many conditions, expected at most 4");
	bad("counter(a.b, kep=[x=1])", "did you mean keep?");
	teardown();
}

TEST(M13_keep_and_drop_are_opposites)
{
	struct telemetry_field five = telemetry_i64("x", 5);

	setup();
	CHECK(keeps("keep=[x=5]", five) && !keeps("drop=[x=5]", five));
	CHECK(!keeps("keep=[x=6]", five) && keeps("drop=[x=6]", five));
	CHECK(keeps("keep=[x>4, x<6]", five));
	CHECK(!keeps("keep=[x>4, x<5]", five));
	CHECK(!keeps("drop=[x>4, x<6]", five));
	CHECK(keeps("drop=[x>4, x<5]", five));
	CHECK_INT(drops(DROP_VALUE), 0);
	teardown();
}

TEST(every_relation)
{
	struct telemetry_field five = telemetry_i64("x", 5);
	struct telemetry_field text = telemetry_str("x", "five");

	setup();
	CHECK(keeps("keep=[x = 5.0]", five) && !keeps("keep=[x = 5.5]", five));
	CHECK(keeps("keep=[x != 4]", five) && !keeps("keep=[x != 5]", five));
	CHECK(keeps("keep=[x<5.5]", five) && !keeps("keep=[x<5]", five));
	CHECK(keeps("keep=[x<=5]", five) && !keeps("keep=[x<=4]", five));
	CHECK(keeps("keep=[x>4]", five) && !keeps("keep=[x>5]", five));
	CHECK(keeps("keep=[x>=5]", five) && !keeps("keep=[x>=6]", five));
	CHECK(keeps("keep=[x~5*]", five) && !keeps("keep=[x~6*]", five));
	CHECK(keeps("keep=[x=five]", text) && !keeps("keep=[x=fiv]", text));
	CHECK(keeps("keep=[x!=fiv]", text) && !keeps("keep=[x!=five]", text));
	CHECK(keeps("keep=[x~\"f*e\"]", text) && !keeps("keep=[x~f]", text));
	CHECK(keeps("keep=[x!~g*]", text) && !keeps("keep=[x!~f*]", text));
	CHECK(!keeps("keep=[x<9]", text) && !keeps("keep=[x>=0]", text));
	/* Quotes make a text of it: "5" and 5.0 are different ones. */
	CHECK(keeps("keep=[x=\"5\"]", five) &&
	      !keeps("keep=[x=\"5.0\"]", five));
	CHECK(keeps("keep=[x=\"a;b, c\\\"\"]", telemetry_str("x", "a;b, c\"")));
	teardown();
}

TEST(numbers_of_every_type)
{
	setup();
	CHECK(keeps("keep=[x=9007199254740993]",
		    telemetry_i64("x", INT64_C(9007199254740993))));
	CHECK(!keeps("keep=[x=9007199254740993]",
		     telemetry_i64("x", INT64_C(9007199254740992))));
	CHECK(keeps("keep=[x=-7]", telemetry_i64("x", -7)));
	CHECK(keeps("keep=[x>9223372036854775807]",
		    telemetry_u64("x", UINT64_MAX)));
	CHECK(keeps("keep=[x=7]", telemetry_u64("x", 7)));
	CHECK(keeps("keep=[x=0.5]", telemetry_f64("x", 0.5)));
	CHECK(keeps("keep=[x=1, x=true]", telemetry_bool("x", 3)));
	CHECK(keeps("keep=[x=0]", telemetry_f64("x", -0.0)));
	CHECK(!keeps("keep=[x<=0]", telemetry_f64("x", NAN)));
	CHECK(!keeps("keep=[x>0]", telemetry_f64("x", NAN)));
	CHECK(keeps("keep=[x!=0]", telemetry_f64("x", NAN)));
	teardown();
}

TEST(what_is_missing_is_an_empty_text)
{
	struct telemetry_field other = telemetry_i64("y", 5);

	setup();
	CHECK(keeps("keep=[x=\"\"]", other) && !keeps("keep=[x!=\"\"]", other));
	CHECK(keeps("keep=[x=\"\"]", telemetry_str("x", NULL)));
	CHECK(keeps("keep=[x=\"\"]", telemetry_str("x", "")));
	CHECK(keeps("keep=[x~*]", other) && keeps("keep=[x!=0]", other));
	CHECK(!keeps("keep=[x<1]", other) && !keeps("keep=[x>=0]", other));
	CHECK_INT(drops(DROP_TAG), 0);
	teardown();
}

TEST(M14_measurements_count_too)
{
	struct fixture_event e = {
		.measurements = { telemetry_u64("duration", 512),
				  telemetry_str("bad", "text") },
		.measurement_count = 2,
		.metadata = { telemetry_str("k", "v") },
		.metadata_count = 1,
		.time = 1,
	};

	setup();
	define("sum(a.b.bad, keep=[duration >= 1024, k=v]); "
	       "sum(d, event=a.b, measurement=duration, keep=[k=v, "
	       "duration>511], tags=[none])");
	emit("a.b", &e);
	/* What is not kept is neither measured nor cut by tags. */
	CHECK_INT(drops(DROP_VALUE), 0);
	CHECK_INT(drops(DROP_TAG), 1);
	CHECK(find_sample(view(), "d", "", "")->value == 512);
	e.measurements[0] = telemetry_u64("duration", 2048);
	emit("a.b", &e);
	CHECK_INT(drops(DROP_VALUE), 1);
	CHECK(find_sample(view(), "d", "", "")->value == 2560);
	teardown();
}

TEST(conditions_on_spans)
{
	struct fixture_event e = { .metadata = { telemetry_str("kind", "errno"),
						 telemetry_str("reason",
							       "ENOENT") },
				   .metadata_count = 2,
				   .time = 1 };

	setup();
	define("counter(c, span=s.*, keep=[span=s.one, error.type~E*]); "
	       "counter(d, event=s.*, drop=[event_name~*.exception])");
	span_class_intern("s.one", 5);
	span_class_intern("s.two", 5);
	emit("s.one.exception", &e);
	emit("s.two.exception", &e);
	emit("s.one.stop", &e);
	CHECK_INT(count_of("c"), 1);
	CHECK_INT(count_of("d"), 1);
	teardown();
}

TEST(tag_values_that_cannot_be)
{
	setup();
	bad("counter(a.b, tag_values=[x])",
	    "expected = and a key or a text in quotes after \"x\"");
	bad("counter(a.b, tag_values=[x=])", "invalid key \"\"");
	bad("counter(a.b, tag_values=[=y])", "invalid tag \"\"");
	bad("counter(a.b, tag_values=[x=y, x=z])", "tag \"x\" has two values");
	bad("counter(a.b, tag_values=x=y)", "expected a list in brackets");
	bad("counter(a.b, tag_values=[a=z,b=z,c=z,d=z,e=z,f=z,g=z,h=z,i=z])",
	    "too many tag_values");
	teardown();
}

TEST(C05_tags_from_elsewhere)
{
	struct fixture_event e = { .metadata = { telemetry_str("from", "v"),
						 telemetry_str("own", "w") },
				   .metadata_count = 2 };
	const struct telemetry_sample *s;

	setup();
	/* Before the tags as well as behind them. */
	define("counter(a.b.c, tag_values=[new=from, stage=\"a \\\"test\\\"\", "
	       "empty=\"\", name=event_name, more=own], "
	       "tags=[new, own, stage, empty, name])");
	emit("a.b", &e);
	e.metadata[0] = telemetry_str("from", "second");
	emit("a.b", &e);
	CHECK_INT(find_metric(view(), "a.b.c")->sample_count, 2);
	s = find_sample(view(), "a.b.c", "new", "v");
	CHECK_INT(s->tag_count, 5);
	CHECK_STR(s->tags[0].key, "new");
	CHECK_STR(tag_of(s, "own"), "w");
	CHECK_STR(tag_of(s, "stage"), "a \"test\"");
	CHECK_STR(tag_of(s, "empty"), "");
	CHECK_STR(tag_of(s, "name"), "a.b");
	CHECK_INT(drops(DROP_TAG), 0);
	/* Missing is what the tag is made from. */
	e.metadata[0].key = "new";
	emit("a.b", &e);
	CHECK(find_sample(view(), "a.b.c", "new", "") != NULL);
	CHECK_INT(drops(DROP_TAG), 1);
	teardown();
}

/* Two reporters may want the very same; one rule makes it another. */
TEST(rules_are_part_of_a_definition)
{
	const char *text = "counter(c, event=a.b, tags=[t], tag_values=[t=x], "
			   "keep=[x=1])";

	setup();
	CHECK_INT(define(text), 0);
	CHECK_INT(define(text), 0);
	CHECK_INT(define("counter(c, event=a.b, tags=[t], tag_values=[t=x], "
			 "drop=[x=1])"),
		  -EEXIST);
	CHECK_INT(define("counter(c, event=a.b, tags=[t], tag_values=[t=x], "
			 "keep=[x=2])"),
		  -EEXIST);
	CHECK_INT(define("counter(c, event=a.b, tags=[t], tag_values=[t=\"x\"],"
			 " keep=[x=1])"),
		  -EEXIST);
	teardown();
}

TEST(what_overflowed_is_shown_by_metric)
{
	const struct telemetry_snapshot *s;
	struct segment_image images[2];

	setup();
	define("counter(few, event=a.b, tags=[k], max_series=1); "
	       "sum(many, event=a.b, measurement=n, tags=[k])");
	emit_one("a.b", telemetry_i64("n", 5), "k", "1");
	CHECK(find_metric(view(), "telemetry.overflowed") == NULL);
	emit_one("a.b", telemetry_i64("n", 5), "k", "2");
	emit_one("a.b", telemetry_i64("n", 5), "k", "3");
	s = view();
	CHECK(find_sample(s, "telemetry.overflowed", "metric", "few")->value ==
	      2);
	CHECK_INT(find_metric(s, "telemetry.overflowed")->sample_count, 1);
	/* However often it is looked at, and of several processes. */
	s = snapshot_view(fixture_snapshot);
	CHECK(find_sample(s, "telemetry.overflowed", "", "")->value == 2);
	copy_image(&images[0]);
	copy_image(&images[1]);
	s = view_of(images, 2);
	CHECK(find_sample(s, "telemetry.overflowed", "", "")->value == 4);
	CHECK_STR(s->metrics[s->metric_count - 1].name, "telemetry.overflowed");
	CHECK(collect_is_own_name("telemetry.overflowed"));
	teardown();
}
