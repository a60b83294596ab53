/* test_statsd_line.c - lines of StatsD and DogStatsD, byte for byte.  Names of
 * tests have the numbers of tests/parity/README.md. */
#include "test.h"

#include "../../reporters/common/number.c"
#include "../../reporters/common/text.c"
#include "../../reporters/common/utf8.c"
#include "../../reporters/statsd/line.c"

#include <math.h>

#define M "my.awesome.metric"
#define TAGS(...)                                                              \
	(const struct telemetry_tag[]){ __VA_ARGS__ },                         \
		sizeof((const struct telemetry_tag[]){ __VA_ARGS__ }) /        \
			sizeof(struct telemetry_tag)
#define METHOD_AND_STATUS TAGS({ "method", "GET" }, { "status", "200" })

static struct line_style std = { .prefix = "" };
static struct line_style dd = { .prefix = "",
				.datadog = true,
				.empty = LINE_KEEP };

static const char *line(const struct line_style *style, enum line_kind kind,
			const char *name, double value, double rate,
			const struct telemetry_tag *tags, size_t count)
{
	static char text[2048];
	struct line_value v = { .kind = kind,
				.name = name,
				.value = value,
				.rate = rate,
				.tags = tags,
				.tag_count = count };
	struct text out = { 0 };
	bool done = line_put(&out, style, &v);

	CHECK(!out.failed);
	CHECK(done || out.length == 0);
	snprintf(text, sizeof(text), "%.*s", (int)out.length,
		 out.length ? out.data : "");
	text_free(&out);
	return text;
}

static const char *plain(enum line_kind kind, double value)
{
	return line(&std, kind, M, value, 1, NULL, 0);
}

static const char *datadog(enum line_kind kind, double value)
{
	return line(&dd, kind, M, value, 1, NULL, 0);
}

TEST(S03_a_sum_is_a_change_of_a_gauge)
{
	CHECK_STR(plain(LINE_SUM, -21), M ":-21|g");
	CHECK_STR(plain(LINE_SUM, 21), M ":+21|g");
}

TEST(S04_a_sum_as_a_counter)
{
	CHECK_STR(plain(LINE_SUM_AS_COUNTER, 21), M ":21|c");
}

TEST(S05_a_counter_does_not_fall)
{
	CHECK_STR(plain(LINE_SUM_AS_COUNTER, -21), "");
}

TEST(S06_a_negative_gauge_is_set)
{
	struct line_style absolute = { .prefix = "", .absolute = true };

	CHECK_STR(plain(LINE_LAST_VALUE, -18), M ":-18|g");
	CHECK_STR(line(&absolute, LINE_LAST_VALUE, "m", -18, 1, NULL, 0),
		  "m:0|g\nm:-18|g");
	CHECK_STR(line(&absolute, LINE_LAST_VALUE, "m", 18, 1, NULL, 0),
		  "m:18|g");
}

TEST(S07_S08_S43_timers)
{
	CHECK_STR(plain(LINE_SUMMARY, 121), M ":121|ms");
	CHECK_STR(plain(LINE_DISTRIBUTION, 131), M ":131|ms");
	CHECK_STR(plain(LINE_DISTRIBUTION, 172), M ":172|ms");
}

TEST(S09_S12_tags_are_segments_in_their_order)
{
	CHECK_STR(line(&std, LINE_LAST_VALUE, M, 131, 1, METHOD_AND_STATUS),
		  M ".GET.200:131|g");
}

TEST(S11_S47_S63_no_line_without_a_tag)
{
	CHECK_STR(line(&std, LINE_LAST_VALUE, M, 131, 1,
		       TAGS({ "method", "GET" }, { "status", "" })),
		  "");
}

TEST(a_missing_tag_may_have_another_fate)
{
	struct line_style none = { .prefix = "", .empty = LINE_NONE };
	struct line_style omit = { .prefix = "", .empty = LINE_OMIT };

	CHECK_STR(line(&none, LINE_COUNTER, "m", 1, 1, TAGS({ "a", "" })),
		  "m.none:1|c");
	CHECK_STR(line(&omit, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "a", "" }, { "b", "x" })),
		  "m.x:1|c");
	omit.datadog = true;
	CHECK_STR(line(&omit, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "a", "" }, { "b", "x" })),
		  "m:1|c|#b:x");
}

TEST(S13_S14_whole_numbers_are_rounded_away_from_zero)
{
	CHECK_STR(plain(LINE_LAST_VALUE, 131.4), M ":131|g");
	CHECK_STR(plain(LINE_LAST_VALUE, 131.5), M ":132|g");
	CHECK_STR(plain(LINE_LAST_VALUE, 0.4), M ":0|g");
	CHECK_STR(plain(LINE_LAST_VALUE, 0.5), M ":1|g");
	CHECK_STR(plain(LINE_LAST_VALUE, 2.5), M ":3|g");
	CHECK_STR(plain(LINE_LAST_VALUE, -0.5), M ":-1|g");
}

TEST(S15_S16_no_change_is_no_reset)
{
	CHECK_STR(plain(LINE_SUM, -0.4), M ":+0|g");
	CHECK_STR(plain(LINE_SUM, 0), M ":+0|g");
}

TEST(decimals_if_they_are_asked_for)
{
	struct line_style three = { .prefix = "", .decimals = 3 };

	CHECK_STR(line(&three, LINE_SUMMARY, "m", 0.3126, 1, NULL, 0),
		  "m:0.313|ms");
	CHECK_STR(line(&three, LINE_SUMMARY, "m", 12.0001, 1, NULL, 0),
		  "m:12|ms");
	CHECK_STR(line(&three, LINE_LAST_VALUE, "m", -0.0001, 1, NULL, 0),
		  "m:0|g");
	CHECK(!strchr(line(&three, LINE_LAST_VALUE, "m", 1e300, 1, NULL, 0),
		      'e'));
}

TEST(S17_S29_S68_a_rate)
{
	CHECK_STR(line(&std, LINE_LAST_VALUE, M, 131.4, 0.2, NULL, 0),
		  M ":131|g|@0.2");
	CHECK_STR(line(&dd, LINE_LAST_VALUE, M, 131.4, 0.2, NULL, 0),
		  M ":131.4|g|@0.2");
	CHECK_STR(line(&std, LINE_COUNTER, "http.requests", 1, 0.1, NULL, 0),
		  "http.requests:1|c|@0.1");
	CHECK_STR(line(&std, LINE_SUM, "http.request.sample", 42, 0.1, NULL, 0),
		  "http.request.sample:+42|g|@0.1");
}

TEST(S19_S20_S21_S22_S23_S24_datadog_types)
{
	CHECK_STR(datadog(LINE_COUNTER, 1), M ":1|c");
	CHECK_STR(datadog(LINE_SUM, 21), M ":21|c");
	CHECK_STR(datadog(LINE_SUM, -21), M ":-21|c");
	CHECK_STR(datadog(LINE_LAST_VALUE, -18), M ":-18|g");
	CHECK_STR(datadog(LINE_SUMMARY, 121), M ":121|h");
	CHECK_STR(datadog(LINE_DISTRIBUTION, 131), M ":131|d");
}

TEST(S25_datadog_tags)
{
	CHECK_STR(line(&dd, LINE_LAST_VALUE, M, 131, 1, METHOD_AND_STATUS),
		  M ":131|g|#method:GET,status:200");
}

TEST(S30_S31_S32_rates_stand_before_tags_and_have_no_exponent)
{
	CHECK_STR(line(&dd, LINE_COUNTER, "m.x", 1, 1.0, NULL, 0), "m.x:1|c");
	CHECK_STR(line(&dd, LINE_COUNTER, "m.x", 1, 0.001, TAGS({ "a", "1" })),
		  "m.x:1|c|@0.001|#a:1");
	CHECK_STR(line(&dd, LINE_COUNTER, "m.x", 1, 0.00001, NULL, 0),
		  "m.x:1|c|@0.00001");
	CHECK_STR(line(&dd, LINE_COUNTER, "m.x", 1, 1.25e-7, NULL, 0),
		  "m.x:1|c|@0.000000125");
}

TEST(S33_bytes_that_are_no_text)
{
	CHECK_STR(line(&dd, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "status", "a\xff\x01 \xc2\x85z" })),
		  "m:1|c|#status:a____z");
}

TEST(S34_datadog_numbers)
{
	CHECK_STR(datadog(LINE_LAST_VALUE, 100.0), M ":100|g");
	CHECK_STR(datadog(LINE_LAST_VALUE, 1.0e10), M ":10000000000|g");
	CHECK_STR(datadog(LINE_LAST_VALUE, 0.30000000000000004),
		  M ":0.30000000000000004|g");
	CHECK_STR(datadog(LINE_LAST_VALUE, -2.5e-9), M ":-0.0000000025|g");
}

TEST(S35_S37_S38_a_prefix)
{
	struct line_style api = { .prefix = "api" };

	CHECK_STR(line(&api, LINE_COUNTER, "http.duration", 1, 1,
		       TAGS({ "resource", "users" }, { "method", "GET" })),
		  "api.http.duration.users.GET:1|c");
	CHECK_STR(line(&std, LINE_COUNTER, "http.duration", 1, 1,
		       TAGS({ "resource", "users" }, { "method", "GET" })),
		  "http.duration.users.GET:1|c");
	CHECK_STR(line(&dd, LINE_COUNTER, "http.duration", 1, 1,
		       TAGS({ "resource", "users" }, { "method", "GET" })),
		  "http.duration:1|c|#resource:users,method:GET");
}

TEST(S39_nothing_of_a_line_that_is_dropped)
{
	struct line_style app = { .prefix = "myapp" };

	CHECK_STR(line(&app, LINE_COUNTER, "m", 1, 1, TAGS({ "a", "" })), "");
}

TEST(S44_S55_S57_global_tags)
{
	static const struct telemetry_tag global[] = { { "env", "prod" } };
	struct line_style style = { .prefix = "",
				    .tags = global,
				    .tag_count = 1 };

	CHECK_STR(line(&style, LINE_COUNTER, "http.requests", 1, 1,
		       TAGS({ "env", "" }, { "method", "GET" },
			    { "status", "200" })),
		  "http.requests.prod.GET.200:1|c");
	CHECK_STR(line(&style, LINE_COUNTER, "http.requests", 1, 1,
		       TAGS({ "env", "dev" }, { "method", "GET" })),
		  "http.requests.dev.GET:1|c");
	CHECK_STR(line(&style, LINE_COUNTER, "http.requests", 1, 1,
		       METHOD_AND_STATUS),
		  "http.requests.GET.200:1|c");
	style.datadog = true;
	CHECK_STR(line(&style, LINE_COUNTER, "m", 1, 1, TAGS({ "a", "b" })),
		  "m:1|c|#a:b");
	style.always = true;
	CHECK_STR(line(&style, LINE_COUNTER, "m", 1, 1, TAGS({ "a", "b" })),
		  "m:1|c|#a:b,env:prod");
	CHECK_STR(line(&style, LINE_COUNTER, "m", 1, 1, TAGS({ "env", "x" })),
		  "m:1|c|#env:x");
}

TEST(S49_an_empty_datadog_tag)
{
	CHECK_STR(line(&dd, LINE_COUNTER, "http.request.count", 1, 1,
		       TAGS({ "method", "GET" }, { "status", "" })),
		  "http.request.count:1|c|#method:GET,status:");
}

TEST(S60_zero_is_a_value)
{
	CHECK_STR(line(&std, LINE_LAST_VALUE, "e.v", 0, 1, NULL, 0), "e.v:0|g");
	CHECK_STR(line(&std, LINE_LAST_VALUE, "e.v", -0.0, 1, NULL, 0),
		  "e.v:0|g");
	CHECK_STR(line(&dd, LINE_LAST_VALUE, "e.v", -0.0, 1, NULL, 0),
		  "e.v:0|g");
}

TEST(S61_nothing_can_be_injected)
{
	CHECK_STR(line(&dd, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "a,b:c|d\n", "x,y:z|c\nq:1|c#@" })),
		  "m:1|c|#a_b_c_d_:x_y:z_c_q:1_c__");
	CHECK_STR(line(&dd, LINE_COUNTER, "a:1|c\nb", 1, 1, NULL, 0),
		  "a_1_c_b:1|c");
	CHECK_STR(line(&std, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "a", "x:1|c\ny\xff" })),
		  "m.x_1_c_y_:1|c");
}

static size_t count_of(const char *text, char c)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == c;
	return count;
}

/* Whatever the bytes are, it is one line with these fields. */
TEST(S61_random_bytes)
{
	char name[12], key[12], value[12];
	char *const all[] = { name, key, value };
	unsigned int seed = 7;
	int round;
	size_t i, j;

	for (round = 0; round < 20000; round++) {
		const char *text;

		for (i = 0; i < 3; i++) {
			for (j = 0; j < sizeof(name) - 1; j++) {
				seed = seed * 1103515245 + 12345;
				all[i][j] = (char)(1 + (seed >> 16) % 255);
			}
			all[i][j] = '\0';
		}
		text = line(&dd, LINE_COUNTER, name, 1, 0.5,
			    TAGS({ key, value }, { "b", "c" }));
		CHECK_INT(count_of(text, '|'), 3);
		CHECK_INT(count_of(text, '#'), 1);
		CHECK_INT(count_of(text, '@'), 1);
		CHECK_INT(count_of(text, ','), 1);
		CHECK_INT(count_of(text, '\n'), 0);
		CHECK(count_of(strchr(text, '#'), ':') >= 2);
		text = line(&std, LINE_COUNTER, name, 1, 1,
			    TAGS({ key, value }));
		CHECK_INT(count_of(text, '|'), 1);
		CHECK_INT(count_of(text, ':'), 1);
		CHECK_INT(count_of(text, '\n'), 0);
		CHECK(count_of(text, '.') >= 1);
	}
}

TEST(S62_a_value_is_one_segment)
{
	CHECK_STR(line(&std, LINE_COUNTER, "m", 1, 1,
		       TAGS({ "peer", "1.2.3.4" })),
		  "m.1_2_3_4:1|c");
}

TEST(S66_what_is_no_number_is_no_line)
{
	CHECK_STR(plain(LINE_LAST_VALUE, NAN), "");
	CHECK_STR(datadog(LINE_COUNTER, INFINITY), "");
	CHECK_STR(line(&std, LINE_COUNTER, "", 1, 1, NULL, 0), "");
}

TEST(S87_an_option_of_plain_statsd_changes_nothing_here)
{
	CHECK_STR(datadog(LINE_SUM_AS_COUNTER, 21), M ":21|c");
	CHECK_STR(datadog(LINE_SUM_AS_COUNTER, -21), M ":-21|c");
}
