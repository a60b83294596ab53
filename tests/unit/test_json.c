/* test_json.c - the lines of the JSON reporter, and its options. */
#include "json_fixture.h"

#include <float.h>
#include <math.h>

#define CHECK_LACKS(text, part)                                                \
	do {                                                                   \
		const char *text_ = (text);                                    \
		if (strstr(text_, part))                                       \
			test_fail(__FILE__, __LINE__, "%s in %s", part,        \
				  text_);                                      \
	} while (0)

TEST(span)
{
	json_start("file", fixture_file(), NULL);
	CHECK_STR(json_written(),
		  "{\"time\":\"2023-11-14T22:13:21.000000000Z\","
		  "\"type\":\"span\",\"level\":\"info\","
		  "\"name\":\"libc.socket.send\",\"duration\":1.5e-06,"
		  "\"outcome\":\"stop\","
		  "\"trace_id\":\"4782d30e419f94318f7e6cb71a2cd897\","
		  "\"span_id\":\"0000000000000abc\",\"service\":\"shop\","
		  "\"executable\":\"/bin/true\",\"pid\":7,\"tid\":8,"
		  "\"measurements\":{\"bytes\":9007199254740993},"
		  "\"metadata\":{\"peer\":\"127.0.0.1\"}}\n");
}

TEST(failure)
{
	const char *text;

	json_record.kind = TELEMETRY_RECORD_EXCEPTION;
	json_record.failure_kind = "errno";
	json_record.failure_reason = "ECONNRESET";
	json_record.parent_span_id = 0xdef;
	json_start("file", fixture_file(), "content", "events,logs", NULL);
	text = json_written();
	CHECK_HAS(text, "\"type\":\"span\",\"level\":\"error\"");
	CHECK_HAS(text, "\"outcome\":\"exception\",\"kind\":\"errno\","
			"\"reason\":\"ECONNRESET\"");
	CHECK_HAS(text, "\"parent_span_id\":\"0000000000000def\"");
	CHECK_HAS(text, "\"type\":\"log\",\"level\":\"error\","
			"\"message\":\"libc.socket.send: ECONNRESET\"");
}

TEST(a_single_event_has_the_ids_of_the_span_around_it)
{
	json_record.kind = TELEMETRY_RECORD_EVENT;
	json_record.span_id = 0;
	json_record.parent_span_id = 0xdef;
	json_start("file", fixture_file(), NULL);
	CHECK_HAS(json_written(), "\"span_id\":\"0000000000000def\"");
}

TEST(outside_of_a_span_there_are_no_ids)
{
	json_record.kind = TELEMETRY_RECORD_EVENT;
	json_record.span_id = 0;
	json_start("file", fixture_file(), NULL);
	CHECK_LACKS(json_written(), "_id\"");
}

/* Children end first. */
TEST(a_trace_is_all_up_to_the_end_of_the_outermost_span)
{
	struct telemetry_record records[4];
	char *first, *second, *text;
	int i;

	for (i = 0; i < 4; i++) {
		records[i] = json_record;
		records[i].span_id = 10 + (uint64_t)i;
		records[i].parent_span_id = i < 2 ? 12 : 0;
	}
	json_batch.records = records;
	json_batch.record_count = 4;
	json_start("file", fixture_file(), NULL);
	text = strdup(json_written());
	first = strstr(text, "\"trace_id\":\"");
	for (i = 1, second = first; i < 4; i++) {
		second = strstr(second + 1, "\"trace_id\":\"");
		CHECK(second != NULL);
		CHECK_INT(memcmp(first, second, 12 + 32) == 0, i < 3);
	}
	free(text);
}

TEST(hostile_bytes_become_valid_utf_8)
{
	json_attributes[1].string = "a\x80"
				    "b\xc0\xaf"
				    "c\xed\xa0\x80"
				    "d\xf5\x80\x80\x80"
				    "\xe2\x82"
				    "e\n\t\x01\"\\\x7f"
				    "\xc3\xa9\xf0\x9f\x98\x80"
				    "\xe2\x80\xae\xe2\x80\xa8\xc2\x85";
	json_start("file", fixture_file(), NULL);
#define R "\xef\xbf\xbd"
	CHECK_HAS(json_written(),
		  "\"peer\":\"a" R "b" R R "c" R R R "d" R R R R R R
		  "e\\n\\t\\u0001\\\"\\\\\\u007f\xc3\xa9\xf0\x9f\x98\x80"
		  "\\u202e\\u2028\\u0085\"");
#undef R
}

/* Well-formed, by a decoder of its own; no control character, no bare quote. */
static void check_utf_8(const unsigned char *s)
{
	while (*s) {
		int more = *s < 0x80   ? 0
			   : *s < 0xc2 ? -1
			   : *s < 0xe0 ? 1
			   : *s < 0xf0 ? 2
			   : *s < 0xf5 ? 3
				       : -1;

		CHECK(more >= 0 && (*s >= 0x20 || *s == '\n') && *s != 0x7f);
		CHECK(*s != 0xe0 || s[1] >= 0xa0);
		CHECK(*s != 0xed || s[1] < 0xa0);
		CHECK(*s != 0xf0 || s[1] >= 0x90);
		CHECK(*s != 0xf4 || s[1] < 0x90);
		for (s++; more > 0; more--, s++)
			CHECK((*s & 0xc0) == 0x80);
	}
}

TEST(random_bytes_become_valid_utf_8)
{
	char text[40];
	unsigned int seed = 7;
	int round;
	size_t i;

	for (round = 0; round < 3000; round++) {
		for (i = 0; i < sizeof(text) - 1; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = (char)(1 + (seed >> 16) % 255);
			/* More beginnings of characters than chance has. */
			if (seed >> 28 < 4)
				text[i] = (char)(0xe0 | (seed >> 16 & 0x17));
		}
		text[i] = '\0';
		json_attributes[1].string = text;
		json_start("file", fixture_file(), NULL);
		check_utf_8((const unsigned char *)json_written());
	}
}

static const char *number(double value)
{
	static char text[64];
	const char *at, *end;

	json_attributes[0].type = TELEMETRY_ATTRIBUTE_DOUBLE;
	json_attributes[0].number = value;
	json_start("file", fixture_file(), NULL);
	at = strstr(json_written(), "\"bytes\":");
	CHECK(at != NULL);
	end = strchr(at, '}');
	snprintf(text, sizeof(text), "%.*s", (int)(end - at - 8), at + 8);
	return text;
}

TEST(numbers_read_back_as_the_same)
{
	static const double values[] = { 0.1,
					 1.0 / 3,
					 DBL_MAX,
					 DBL_MIN,
					 5e-324,
					 2.5,
					 1e22,
					 -0.001,
					 1e21,
					 0.1 + 0.2,
					 123456789012345680 };
	size_t i;

	CHECK_STR(number(0.1), "0.1");
	CHECK_STR(number(0.1 + 0.2), "0.30000000000000004");
	CHECK_STR(number(5e-324), "5e-324");
	CHECK_STR(number(100), "100");
	CHECK_STR(number(-3), "-3");
	CHECK_STR(number(1e22), "1e+22");
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		CHECK(strtod(number(values[i]), NULL) == values[i]);
}

TEST(what_is_no_number_is_a_string)
{
	CHECK_STR(number(NAN), "\"NaN\"");
	CHECK_STR(number(INFINITY), "\"Infinity\"");
	CHECK_STR(number(-INFINITY), "\"-Infinity\"");
}

TEST(fields_are_chosen_and_hidden)
{
	const char *text;

	json_start("file", fixture_file(), "fields", "peer", NULL);
	text = json_written();
	CHECK_HAS(text, "\"measurements\":{},\"metadata\":{\"peer\"");
	json_start("file", fixture_file(), "redact", "pe*,bytes", NULL);
	text = json_written();
	CHECK_HAS(text, "\"bytes\":\"REDACTED\"");
	CHECK_HAS(text, "\"peer\":\"REDACTED\"");
	json_attributes[1].key = "db.password.hash";
	json_start("file", fixture_file(), NULL);
	CHECK_HAS(json_written(), "\"db.password.hash\":\"REDACTED\"");
}

TEST(levels)
{
	json_start("file", fixture_file(), "levels", "libc.*=debug,*.send=warn",
		   NULL);
	CHECK_HAS(json_written(), "\"level\":\"warn\"");
	json_start("file", fixture_file(), "levels", "libc.*=debug", "level",
		   "info", NULL);
	CHECK_STR(json_written(), "");
	json_start("file", fixture_file(), "events", "db.*", NULL);
	CHECK_STR(json_written(), "");
}

TEST(a_line_is_never_longer_than_it_may_be)
{
	static char big[60000];
	const char *text;
	size_t length;

	memset(big, 'x', sizeof(big) - 1);
	json_attributes[1].string = big;
	json_start("file", fixture_file(), "max_line", "2K", NULL);
	text = json_written();
	length = strlen(text);
	CHECK(length <= 2048 && text[length - 1] == '\n');
	CHECK_HAS(text, "xxx\xe2\x80\xa6\"},\"truncated\":true}\n");
	json_attributes[1].key = big;
	json_start("file", fixture_file(), "max_line", "2K", NULL);
	text = json_written();
	CHECK(strlen(text) <= 2048);
	CHECK_HAS(text, "\"metadata\":{},\"truncated\":true}\n");
}

TEST(metrics_are_lines_too)
{
	struct telemetry_tag tag = TAG("operation", "send");
	struct telemetry_sample sample = {
		.tags = &tag, .tag_count = 1, .count = 3, .value = 3
	};
	struct telemetry_metric metric = { .struct_size = sizeof(metric),
					   .type = TELEMETRY_COUNTER,
					   .name = "libc.socket.operations",
					   .unit = "{operation}",
					   .description = "",
					   .samples = &sample,
					   .sample_count = 1 };
	struct telemetry_snapshot snapshot = { .struct_size = sizeof(snapshot),
					       .time = 1700000002000000000,
					       .metrics = &metric,
					       .metric_count = 1,
					       .processes = &json_process,
					       .process_count = 1 };

	json_start("file", fixture_file(), "content", "metrics", NULL);
	CHECK_INT(json->records(json_self, &json_batch, 0), -EOPNOTSUPP);
	CHECK_INT(json->interval(json_self), 10000);
	CHECK_INT(json->report(json_self, &snapshot, 0, 1000), 0);
	CHECK_STR(fixture_output(),
		  "{\"time\":\"2023-11-14T22:13:22.000000000Z\","
		  "\"type\":\"metric\",\"name\":\"libc.socket.operations\","
		  "\"metric\":\"counter\",\"unit\":\"{operation}\","
		  "\"tags\":{\"operation\":\"send\"},\"count\":3,"
		  "\"service\":\"shop\",\"executable\":\"/bin/true\","
		  "\"processes\":1,\"live\":1,"
		  "\"start\":\"2023-11-14T22:13:20.000000000Z\"}\n");
}

static void refuses(const char *key, const char *value)
{
	json = fixture_load("json");
	json_self = fixture_open(json);
	CHECK_INT(fixture_set(json, json_self, key, value), -EINVAL);
	json->close(json_self);
}

TEST(judges_its_options)
{
	refuses("content", "event");
	refuses("content", ",");
	refuses("format", "json");
	refuses("file", "relative");
	refuses("socket", "relative");
	refuses("mode", "0888");
	refuses("mode", "0400");
	refuses("max_size", "10");
	refuses("max_size", "1T");
	refuses("max_line", "1");
	refuses("max_files", "0");
	refuses("interval", "1s");
	refuses("level", "loud");
	refuses("levels", "db.*");
	refuses("levels", "db.*=loud");
	json = fixture_load("json");
	json_self = fixture_open(json);
	CHECK_INT(fixture_set(json, json_self, "colour", "1"), -ENOENT);
}

TEST(refuses_what_does_not_go_together)
{
	json = fixture_load("json");
	json_self = fixture_open(json);
	fixture_set(json, json_self, "file", "/tmp/x");
	fixture_set(json, json_self, "socket", "/tmp/y");
	CHECK_INT(json->start(json_self), -EINVAL);
	CHECK_HAS(fixture_log, "both set");
	json_self = fixture_open(json);
	fixture_set(json, json_self, "file", "/tmp/x");
	fixture_set(json, json_self, "format", "otlp");
	fixture_set(json, json_self, "content", "events,logs");
	CHECK_INT(json->start(json_self), -EINVAL);
	CHECK_HAS(fixture_log, "%k");
}
