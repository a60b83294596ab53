/*
 * test_config_metrics.c - definitions of metrics in YAML files: how they are
 * handed to the parser, and what cannot be.
 */
#include "config_fixture.h"

/* The text that a definition is given to the parser as; "" if it is not. */
static const char *written(const char *yaml)
{
	static char text[2048];
	char file[2048];
	const struct config_definition *d;

	snprintf(file, sizeof(file), "metrics:\n- %s\n", yaml);
	d = read_text(file);
	snprintf(text, sizeof(text), "%s", d ? d->text : "");
	return text;
}

TEST(definitions_are_written_out)
{
	CHECK_STR(written("counter: a.b"), "counter(a.b)");
	CHECK_STR(written("counter(a.b); sum(c.d)"), "counter(a.b); sum(c.d)");
	CHECK_STR(
		written("{event: x, sum: a.b, tags: [a, 'b'], up_down: true}"),
		"sum(a.b,event=x,tags=[a,b],up_down=true)");
	CHECK_STR(written("{sum: a.b, tags: c, span: [x, '*', -y]}"),
		  "sum(a.b,tags=[c],span=[x,*,-y])");
	CHECK_STR(written("{sum: a.b, unit: '{row}', description: 'x \"y\\z'}"),
		  "sum(a.b,unit={row},description=\"x \\\"y\\\\z\")");
	CHECK_STR(written("{sum: a.b, keep: [x >= 5, 'k ~ \"a*\"']}"),
		  "sum(a.b,keep=[x >= 5,k ~ \"a*\"])");
	CHECK_STR(written("{sum: a.b, drop: x = 5}"), "sum(a.b,drop=[x = 5])");
	CHECK_STR(
		written("{sum: a.b, tag_values: {a: b, c: 'd', e: {text: f}}}"),
		"sum(a.b,tag_values=[a=b,c=\"d\",e=\"f\"])");
	CHECK_STR(written("{sum: a.b, tag_values: [a=b, 'c=\"d\"']}"),
		  "sum(a.b,tag_values=[a=b,c=\"d\"])");
	CHECK_STR(written("{sum: a.b, missing: skip}"),
		  "sum(a.b,missing=skip)");
	CHECK_STR(written("{sum: a.b, missing: 'skip'}"),
		  "sum(a.b,missing=\"skip\")");
	CHECK_STR(written("{sum: a.b, missing: none}"),
		  "sum(a.b,missing=\"none\")");
	CHECK_STR(logged(), "");
	teardown();
}

TEST(transforms_and_buckets_are_written_out)
{
	CHECK_STR(written("{sum: a.b, tag_values: {t: {replace: k, "
			  "pattern: '\\d+', replacement: $1}}}"),
		  "sum(a.b,tag_values=[t=replace(k,\"\\\\d+\",\"$1\")])");
	CHECK_STR(written("{sum: a.b, tag_values: {t: {replacement: x, "
			  "pattern: y, match: k}}}"),
		  "sum(a.b,tag_values=[t=match(k,\"y\",\"x\")])");
	CHECK_STR(written("{sum: a.b, tag_values: {t: {template: k, templates: "
			  "[/a/:b, /c], auto: true}}}"),
		  "sum(a.b,tag_values=[t=template(k,\"/a/:b\",\"/c\",auto)])");
	CHECK_STR(written("{sum: a.b, tag_values: {t: {template: k, templates: "
			  "/a}}}"),
		  "sum(a.b,tag_values=[t=template(k,\"/a\")])");
	CHECK_STR(written("{distribution: a.b, buckets: [1, 2.5]}"),
		  "distribution(a.b,buckets=[1,2.5])");
	CHECK_STR(written("{distribution: a.b, buckets: 'linear(1, 2, 3)'}"),
		  "distribution(a.b,buckets=linear(1, 2, 3))");
	CHECK_STR(
		written("{distribution: a.b, buckets: {exponential: {count: 3, "
			"start: 1, factor: 2}}}"),
		"distribution(a.b,buckets=exponential(1,2,3))");
	CHECK_STR(logged(), "");
	teardown();
}

/* The lines of the file are in the text, for the messages of the parser. */
TEST(definitions_keep_their_lines)
{
	const struct config_definition *d = read_text("metrics:\n"
						      "- counter: a.b\n"
						      "  tags:\n"
						      "    - x\n"
						      "    - y\n"
						      "  max_series: 5\n"
						      "- |\n"
						      "  sum(c.d);\n"
						      "  sum(e.f)\n");

	CHECK_INT(d->line, 2);
	CHECK(d->single);
	CHECK_STR(d->text, "counter(a.b,\ntags=[\nx,\ny],\nmax_series=5)");
	CHECK_INT(d->next->line, 8);
	CHECK(!d->next->single);
	teardown();
}

TEST(definitions_that_cannot_be_written)
{
	said("metrics:\n- counter: [a]\n",
	     "t:2: counter: '[...]': expected one");
	said("metrics:\n- counter: \xc3\xa9, tags=[x]\n",
	     "expected a text without blanks");
	said("metrics:\n- counter: a.b, x\n", "expected a text without blanks");
	said("metrics:\n- counter: a.b\n  tags: {x: y}\n",
	     "t:3: tags: '{...}'");
	said("metrics:\n- counter: a.b\n  \"ta gs\": x\n",
	     "t:3: ta gs: 'x': the key in front");
	said("metrics:\n- sum: a\n  buckets: {linar: {}}\n",
	     "t:3: buckets: '{...}': expected numbers, {linear:");
	said("metrics:\n- sum: a\n  buckets: {linear: {start: 1, stp: 2}}\n",
	     "t:3: unknown key 'stp', expected start, step or count; did you "
	     "mean step?");
	said("metrics:\n- sum: a\n  buckets: {linear: {start: 1, step: 2}}\n",
	     "t:3: linear: '{...}': a number is missing");
	said("metrics:\n- sum: a\n  tag_values:\n    b: {x: y}\n",
	     "t:4: b: '{...}': expected a key, a text in quotes, or a mapping");
	said("metrics:\n- sum: a\n  tag_values:\n    b: {match: k, patern: "
	     "y}\n",
	     "t:4: unknown key 'patern', expected pattern or replacement; did "
	     "you mean pattern?");
	said("metrics:\n- sum: a\n  tag_values:\n    b: {template: k, auto: "
	     "no}\n",
	     "t:4: auto: 'no': expected true");
	teardown();
}
