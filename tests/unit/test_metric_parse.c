/*
 * test_metric_parse.c - the grammar of metric definitions: PARITY M02-M49 as
 * far as they can be written as text.
 */
#include "metric_parse.h"

TEST(M08_defaults)
{
	const struct metric_definition *d;

	setup();
	d = good("last_value(http.request.latency)");
	CHECK_INT(d->type, METRIC_LAST_VALUE);
	CHECK_STR(d->name, "http.request.latency");
	CHECK_STR(d->events, "http.request");
	CHECK_STR(d->measurement, "latency");
	CHECK_INT(d->tag_count, 0);
	CHECK_STR(d->unit, "");
	CHECK_STR(d->description, "");
	CHECK_INT(d->numerator, 1);
	CHECK_INT(d->denominator, 1);
	CHECK_INT(d->max_series, METRIC_SERIES_MAX);
	CHECK(!d->of_spans && !d->up_down);
	CHECK_INT(d->bucket_count, 0);
	teardown();
}

TEST(M09_all_options)
{
	const struct metric_definition *d;

	setup();
	d = good(" distribution ( a.b.c ,event=[x.y, z.*],\n measurement = "
		 "bytes,tags=[db.system.name,span],unit=byte:kilobyte, "
		 "buckets=[-1.5, 0,1e3],description=\"say \\\"so\\\"; (yes)\", "
		 "max_series = 7 ) ");
	CHECK_STR(d->name, "a.b.c");
	CHECK_STR(d->events, "x.y,z.*");
	CHECK_STR(d->measurement, "bytes");
	CHECK_INT(d->tag_count, 2);
	CHECK(d->tags[0] == &SYM_db_system_name);
	CHECK(d->tags[1] == &SYM_span);
	CHECK_STR(d->unit, "kBy");
	CHECK_INT(d->numerator, 1);
	CHECK_INT(d->denominator, 1000);
	CHECK_INT(d->bucket_count, 3);
	CHECK(d->buckets[0] == -1.5 && d->buckets[2] == 1000);
	CHECK_STR(d->description, "say \"so\"; (yes)");
	CHECK_INT(d->max_series, 7);
	teardown();
}

TEST(spans)
{
	const struct metric_definition *d;

	setup();
	d = good("summary(telemetry.span.duration, span=*, "
		 "measurement=duration, tags=[span, error.type], "
		 "unit=native:second)");
	CHECK(d->of_spans);
	CHECK_STR(d->events, "*");
	CHECK_STR(d->unit, "s");
	d = good("sum(open, span=[a, b.c], up_down=true)");
	CHECK_STR(d->events, "a,b.c");
	CHECK_STR(d->measurement, "open");
	CHECK(d->up_down);
	CHECK(!good("sum(a.b, up_down=false)")->up_down);
	teardown();
}

TEST(counters_need_no_measurement)
{
	const struct metric_definition *d;

	setup();
	d = good("counter(libc.socket.connect.stop.count, unit=native:second)");
	CHECK_STR(d->measurement, "");
	CHECK_STR(d->events, "libc.socket.connect.stop");
	CHECK_INT(d->denominator, 1);
	CHECK_STR(good("counter(x, event=a.b, measurement=c)")->measurement,
		  "");
	CHECK_STR(good("counter(my.event:value, event=my.event)")->name,
		  "my.event:value");
	teardown();
}

TEST(several_definitions)
{
	setup();
	CHECK_INT(parse("counter(a.b); ;sum(a.c)\n;;"), 0);
	CHECK_INT(added, 2);
	CHECK_INT(parse(""), 0);
	CHECK_INT(added, 0);
	/* A bad one does not touch its neighbours. */
	CHECK_INT(parse("counter(a.b);countr(x.y);sum(a.c);sum(.d)"), 2);
	CHECK_INT(added, 2);
	CHECK_STR(last.name, "a.c");
	teardown();
}

TEST(types)
{
	setup();
	bad("countr(x.y)",
	    "TELEMETRY_METRICS: \"countr(x.y)\": unknown metric type "
	    "\"countr\", expected counter, sum, last_value, summary or "
	    "distribution; did you mean counter?\n");
	bad("gauge(x.y)", "or distribution\n");
	bad("(x.y)", "unknown metric type \"\"");
	bad("counter", "found the end, expected (");
	bad("counter x.y", "found x, expected (");
	bad("counter()", "the name is missing");
	bad("counter(x.y", "found the end, expected , or )");
	bad("counter(x.y))", "found ) after the )");
	bad("counter(x.y) sum(a.b)", "found s after the ), expected ;");
	bad("\"", "unknown metric type");
	teardown();
}

TEST(M16_M25_M26_names)
{
	char text[600] = "counter(";

	setup();
	bad("counter(.metric.name)", "invalid name \".metric.name\"");
	bad("counter(metric.name.)", "invalid name");
	bad("counter(metric..name)", "invalid name");
	bad("counter(.)", "invalid name");
	bad("counter(9.a)", "invalid name");
	bad("counter(a b)", "found b, expected , or )");
	bad("counter(a.b*)", "invalid name");
	bad("counter(name)", "a name of one segment says no event");
	bad("counter(\"\")", "the name is missing");
	bad("counter(my:event.count)", "\"my:event\" is no event");
	memset(text + 8, 'a', 300);
	strcpy(text + 200, ".a)");
	good(text);
	memset(text + 8, 'a', 300);
	strcpy(text + 300, ".a)");
	bad(text, "the name is too long");
	teardown();
}

TEST(M17_M28_events)
{
	setup();
	bad("counter(a.b, event=.x.y)", "invalid event name \".x.y\"");
	bad("counter(a.b, event=x.y.)", "invalid event name");
	bad("counter(a.b, event=x..y)", "invalid event name");
	bad("counter(a.b, event=)", "invalid event name \"\"");
	bad("counter(a.b, event=[])", "no event");
	bad("counter(a.b, event=[x.y,])", "invalid event name");
	bad("counter(a.b, event=[x.y z])", "found z, expected , or ]");
	bad("counter(a.b, span=[x.y", "found the end, expected , or ]");
	bad("counter(a.b, span=a-b)", "invalid span name");
	bad("counter(a.b, span=x, event=y)", "both event and span");
	bad("counter(a.b, event=\"x.y\")", "invalid event name \"\"");
	bad("sum(a.b/c, event=x)", "\"b/c\" is no measurement");
	bad("sum(a.b, measurement=)", "invalid measurement");
	teardown();
}

TEST(nothing_to_leave_out)
{
	setup();
	bad("counter(a.b, event=[-a.*])",
	    "\"-a.*\" leaves out what no name before it chose");
	bad("counter(a.b, span=-c)", "expected a name in front of it");
	CHECK_STR(good("counter(a.b, event=[c, -a.*])")->events, "c,-a.*");
	teardown();
}

/* Snapshots make metrics of these names without a definition. */
TEST(names_that_are_taken)
{
	setup();
	bad("counter(telemetry.dropped, event=a.b)",
	    "the name \"telemetry.dropped\" is taken, the shim has a metric of "
	    "its own that is called so");
	bad("sum(libc.heap.live, event=a.b, measurement=n)", "is taken");
	good("sum(libc.heap.live.n)");
	teardown();
}

TEST(too_many_events)
{
	char text[1024] = "counter(a.b, event=[";
	int i;

	setup();
	for (i = 0; i < 30; i++)
		strcat(text, "some.event.with.a.name,");
	strcat(text, "x])");
	bad(text, "too many names, expected at most 511 bytes");
	teardown();
}

TEST(M04_tags)
{
	setup();
	bad("counter(a.b, tags=1)", "found 1, expected a list in brackets");
	bad("counter(a.b, tags=[a..b])", "invalid tag \"a..b\"");
	bad("counter(a.b, tags=[a, b, a])", "tag \"a\" is named twice");
	bad("counter(a.b, tags=[a,b,c,d,e,f,g,h,i])", "too many tags");
	CHECK_INT(good("counter(a.b, tags=[])")->tag_count, 0);
	CHECK_INT(good("counter(a.b, tags=[a,b,c,d,e,f,g,h])")->tag_count, 8);
	teardown();
}

TEST(M05_descriptions)
{
	char text[300] = "counter(a.b, description=\"";

	setup();
	bad("counter(a.b, description=word)", "expected a text in quotes");
	bad("counter(a.b, description=\"open)", "closing quote is missing");
	memset(text + strlen(text), 'x', 127);
	strcat(text, "\")");
	CHECK_INT(strlen(good(text)->description), 127);
	strcpy(text + strlen(text) - 2, "y\")");
	bad(text, "description is too long, expected at most 127 bytes");
	teardown();
}

TEST(M06_M30_M31_M32_units)
{
	setup();
	bad("sum(a.b, unit=\"second\")", "unknown unit \"\"");
	bad("sum(a.b, unit=secnd)",
	    "unknown unit \"secnd\", expected {label}, native, nanosecond, "
	    "microsecond, millisecond, second, minute, hour, byte, kilobyte, "
	    "megabyte, kibibyte, mebibyte, gibibyte or percent; did you mean "
	    "second?\n");
	bad("sum(a.b, unit=native:secnd)", "unknown unit \"secnd\"");
	bad("sum(a.b, unit=byte:millisecond)",
	    "cannot convert byte:millisecond, expected two units of one kind");
	bad("sum(a.b, unit=millisecond:byte)", "cannot convert");
	bad("sum(a.b, unit=byte:byte:byte)", "expected UNIT or FROM:TO");
	bad("sum(a.b, unit={a_label_that_is_much_too_long_to_fit})",
	    "is too long");
	CHECK_STR(good("sum(a.b, unit={row})")->unit, "{row}");
	teardown();
}

TEST(M46_options)
{
	setup();
	bad("sum(a.b, foo=1)",
	    "unknown option \"foo\", expected event, span, measurement, tags, "
	    "unit, buckets, description, max_series, up_down, keep, drop, "
	    "tag_values, missing or expire\n");
	bad("sum(a.b, tag=[x])", "did you mean tags?");
	bad("sum(a.b, unit)", "expected = after unit");
	bad("sum(a.b, unit=byte, unit=byte)", "option unit is given twice");
	bad("sum(a.b,)", "unknown option \"\"");
	bad("sum(a.b, max_series=0)", "expected a number from 1 to 1000000");
	bad("sum(a.b, max_series=-3)", "max_series is \"-3\"");
	bad("sum(a.b, up_down=yes)", "expected true or false");
	bad("counter(a.b, up_down=true)", "only a sum can be up_down");
	teardown();
}

TEST(long_definitions_are_shown_in_part)
{
	char text[2000] = "sum(a.b, tags=[";

	setup();
	memset(text + strlen(text), 'x', 1500);
	bad(text, "xxx...\": ");
	CHECK(strlen(logged()) < 2500);
	teardown();
}

TEST(the_standard_set_is_good)
{
	setup();
	CHECK_INT(metric_parse("standard", metric_standard_definitions, keep,
			       NULL),
		  0);
	CHECK_INT(added, 12);
	CHECK_STR(logged(), "");
	teardown();
}

/* Whatever the text: no crash, and every definition is good or bad. */
TEST(any_text)
{
	static const char alphabet[] =
		"abcounter.,=[]() \"\\;1-{}:*\n_<>~!\x80";
	static const char *const starts[] = {
		"sum(a.b, event=",
		"distribution(a.b, buckets=",
		"counter(a.b, keep=[",
		"counter(a.b, tag_values=[",
		"counter(a.b, tag_values=[a=replace(b, \"",
		"counter(a.b, tag_values=[a=template(b, \"/",
		"counter(a.b, missing=",
	};
	uint64_t state = 1;
	char text[128];
	int i, j;

	setup();
	log_set_file("/dev/null");
	for (i = 0; i < 20000; i++) {
		int length;

		state = state * 6364136223846793005u + 1442695040888963407u;
		strcpy(text, starts[i % ARRAY_SIZE(starts)]);
		length = (int)strlen(text) + (int)(state >> 58);
		for (j = i % 2 ? 0 : (int)strlen(text); j < length; j++) {
			state = state * 6364136223846793005u + 1;
			text[j] = alphabet[(state >> 33) %
					   (sizeof(alphabet) - 1)];
		}
		text[length] = '\0';
		parse(text);
		CHECK(added == 0 || last.events[0] != '\0');
	}
	teardown();
}
