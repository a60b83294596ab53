/* test_prometheus_text.c - the text format: golden bytes of the ancestors'
 * cases where they are kept, ours where they are not. */
#include "snapshot_fixture.h"

#include <math.h>

TEST(X01_X03_X09_X15_X52_counters_and_gauges)
{
	add_metric(TELEMETRY_COUNTER, "http.request.total", "", "");
	add_sample(1027, NULL);
	add_metric(TELEMETRY_LAST_VALUE, "cache.key.total", "", "");
	add_sample(3, NULL);
	add_metric(TELEMETRY_COUNTER, "foo123.bar.total", "", "");
	add_sample(1, NULL);
	begin_page(false);
	CHECK_STR(text_page(), "# HELP http_request_total \n"
			       "# TYPE http_request_total counter\n"
			       "http_request_total 1027\n"
			       "# HELP cache_key_total \n"
			       "# TYPE cache_key_total gauge\n"
			       "cache_key_total 3\n"
			       "# HELP foo123_bar_total \n"
			       "# TYPE foo123_bar_total counter\n"
			       "foo123_bar_total 1\n");
	server_close();
}

TEST(X02_X11_labels_are_sorted)
{
	add_metric(TELEMETRY_COUNTER, "http.request.total", "",
		   "The total number of HTTP requests.");
	add_sample(1027, "method", "post", "code", "200", NULL);
	add_sample(3, "method", "post", "code", "400", NULL);
	add_metric(TELEMETRY_SUM, "cache.key.total", "", "");
	add_sample(3, "z", "1", "a", "2", NULL);
	begin_page(false);
	CHECK_STR(text_page(),
		  "# HELP http_request_total The total number of HTTP "
		  "requests.\n"
		  "# TYPE http_request_total counter\n"
		  "http_request_total{code=\"200\",method=\"post\"} 1027\n"
		  "http_request_total{code=\"400\",method=\"post\"} 3\n"
		  "# HELP cache_key_total \n"
		  "# TYPE cache_key_total counter\n"
		  "cache_key_total{a=\"2\",z=\"1\"} 3\n");
	server_close();
}

TEST(X04_X06_X07_X35_escapes)
{
	add_metric(TELEMETRY_COUNTER, "q.total", "", "a\nb\\c \"d\"");
	add_sample(1, "query",
		   "SELECT a0.\"id\" FROM \"users\" AS a0 WHERE LIMIT $1",
		   NULL);
	add_sample(2, "query", "line\none\\two", NULL);
	add_sample(3, "query", "", NULL);
	add_sample(4, "query", "\xff caf\xc3\xa9 \xe2\x82", NULL);
	begin_page(false);
	CHECK_STR(text_page(),
		  "# HELP q_total a\\nb\\\\c \"d\"\n"
		  "# TYPE q_total counter\n"
		  "q_total{query=\"\"} 3\n"
		  "q_total{query=\"SELECT a0.\\\"id\\\" FROM \\\"users\\\" AS "
		  "a0 WHERE LIMIT $1\"} 1\n"
		  "q_total{query=\"line\\none\\\\two\"} 2\n"
		  "q_total{query=\"\xef\xbf\xbd caf\xc3\xa9 "
		  "\xef\xbf\xbd\xef\xbf\xbd\"} 4\n");
	server_close();
}

TEST(X10_X26_X27_gauges)
{
	add_metric(TELEMETRY_SUM, "balance", "", "")->up_down = 1;
	add_sample(-0.5, NULL);
	add_metric(TELEMETRY_LAST_VALUE, "level", "", "");
	add_sample(190000, "name", "b", NULL);
	add_sample(210000, "name", "a", NULL);
	begin_page(false);
	CHECK_STR(text_page(), "# HELP balance \n"
			       "# TYPE balance gauge\n"
			       "balance -0.5\n"
			       "# HELP level \n"
			       "# TYPE level gauge\n"
			       "level{name=\"a\"} 210000\n"
			       "level{name=\"b\"} 190000\n");
	server_close();
}

static const double bounds[] = { 0.05, 0.1, 0.2, 0.5, 1 };

TEST(X13_X14_X19_distributions)
{
	static const uint64_t get[] = {
		24054, 9390, 66948, 28997, 4599, 10332
	};
	static const uint64_t post[] = { 0, 0, 1, 0, 0, 0 };
	struct telemetry_metric *m = add_metric(
		TELEMETRY_DISTRIBUTION, "http.request.duration", "s", "Time");

	m->bounds = bounds;
	m->bound_count = 5;
	set_buckets(add_sample(53423, "method", "GET", NULL), get, 6);
	set_buckets(add_sample(0.1, "method", "POST", NULL), post, 6);
	m = add_metric(TELEMETRY_DISTRIBUTION, "plain", "", "");
	m->bounds = bounds + 1;
	m->bound_count = 1;
	set_buckets(add_sample(0.1, NULL), post + 2, 2);
	begin_page(false);
	CHECK_STR(text_page(),
		  "# HELP http_request_duration_seconds Time\n"
		  "# TYPE http_request_duration_seconds histogram\n"
#define B "http_request_duration_seconds_bucket{method=\""
		  B "GET\",le=\"0.05\"} 24054\n" B "GET\",le=\"0.1\"} 33444\n" B
		  "GET\",le=\"0.2\"} 100392\n" B "GET\",le=\"0.5\"} 129389\n" B
		  "GET\",le=\"1.0\"} 133988\n" B "GET\",le=\"+Inf\"} 144320\n"
		  "http_request_duration_seconds_sum{method=\"GET\"} 53423\n"
		  "http_request_duration_seconds_count{method=\"GET\"} "
		  "144320\n" B "POST\",le=\"0.05\"} 0\n" B
		  "POST\",le=\"0.1\"} 0\n" B "POST\",le=\"0.2\"} 1\n" B
		  "POST\",le=\"0.5\"} 1\n" B "POST\",le=\"1.0\"} 1\n" B
		  "POST\",le=\"+Inf\"} 1\n"
		  "http_request_duration_seconds_sum{method=\"POST\"} 0.1\n"
		  "http_request_duration_seconds_count{method=\"POST\"} 1\n"
		  "# HELP plain \n"
		  "# TYPE plain histogram\n"
		  "plain_bucket{le=\"0.1\"} 1\n"
		  "plain_bucket{le=\"+Inf\"} 1\n"
		  "plain_sum 0.1\n"
		  "plain_count 1\n");
	server_close();
}

/* _count is what the buckets are, whatever else was counted meanwhile. */
TEST(X39_X59_bounds_and_totals)
{
	static const double mixed[] = { 0.05, 1, 2.0, 1e6, INFINITY };
	static const uint64_t counts[] = { 2, 1, 0, 1, 1, 0 };
	struct telemetry_metric *m =
		add_metric(TELEMETRY_DISTRIBUTION, "d", "", "");
	struct telemetry_sample *s;

	m->bounds = mixed;
	m->bound_count = 5;
	s = add_sample(10000000.05, NULL);
	set_buckets(s, counts, 6);
	s->count = 77;
	begin_page(false);
	CHECK_STR(text_page(), "# HELP d \n"
			       "# TYPE d histogram\n"
			       "d_bucket{le=\"0.05\"} 2\n"
			       "d_bucket{le=\"1.0\"} 3\n"
			       "d_bucket{le=\"2.0\"} 3\n"
			       "d_bucket{le=\"1e+06\"} 4\n"
			       "d_bucket{le=\"+Inf\"} 5\n"
			       "d_sum 10000000.05\n"
			       "d_count 5\n");
	server_close();
}

TEST(X44_summaries)
{
	struct telemetry_sample *s;

	add_metric(TELEMETRY_SUMMARY, "t", "s", "T");
	s = add_sample(6, "quantile", "x", NULL);
	s->count = 3;
	memcpy(s->quantiles, (double[]){ 1, 2, 3, 3.5 }, sizeof(double[4]));
	add_metric(TELEMETRY_SUMMARY, "empty", "", "");
	add_sample(0, NULL);
	begin_page(false);
	CHECK_STR(text_page(),
		  "# HELP t_seconds T\n"
		  "# TYPE t_seconds summary\n"
		  "t_seconds{exported_quantile=\"x\",quantile=\"0.5\"} 1\n"
		  "t_seconds{exported_quantile=\"x\",quantile=\"0.9\"} 2\n"
		  "t_seconds{exported_quantile=\"x\",quantile=\"0.95\"} 3\n"
		  "t_seconds{exported_quantile=\"x\",quantile=\"0.99\"} 3.5\n"
		  "t_seconds_sum{exported_quantile=\"x\"} 6\n"
		  "t_seconds_count{exported_quantile=\"x\"} 3\n"
		  "# HELP empty \n"
		  "# TYPE empty summary\n"
		  "empty{quantile=\"0.5\"} NaN\n"
		  "empty{quantile=\"0.9\"} NaN\n"
		  "empty{quantile=\"0.95\"} NaN\n"
		  "empty{quantile=\"0.99\"} NaN\n"
		  "empty_sum 0\n"
		  "empty_count 0\n");
	server_close();
}

TEST(X51_metrics_without_samples)
{
	add_metric(TELEMETRY_COUNTER, "never.yet", "", "Nothing so far");
	begin_page(false);
	CHECK_STR(text_page(), "# HELP never_yet_total Nothing so far\n"
			       "# TYPE never_yet_total counter\n");
	server_close();
}

TEST(X55_numbers)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 1.0, "1" },
		{ 1e10, "10000000000" },
		{ 1e-7, "1e-07" },
		{ -0.0, "-0" },
		{ 0.0, "0" },
		{ 1e20, "100000000000000000000" },
		{ 1e21, "1e+21" },
		{ 9007199254740993.0, "9007199254740992" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ -123.456, "-123.456" },
		{ 0.0001, "0.0001" },
		{ 0.00012345, "0.00012345" },
		{ 5e-324, "5e-324" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ NAN, "NaN" },
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
	};
	char line[64];
	size_t i;

	add_metric(TELEMETRY_LAST_VALUE, "v", "", "");
	add_sample(0, NULL);
	begin_page(false);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		samples[0][0].value = cases[i].value;
		snprintf(line, sizeof(line), "gauge\nv %s\n", cases[i].text);
		check_has(text_page(), line);
	}
	server_close();
}

/* What reads back as the same number, and nothing shorter does. */
TEST(X55_random_numbers_read_back)
{
	uint64_t bits = 88172645463325252u;
	int i;

	add_metric(TELEMETRY_LAST_VALUE, "v", "", "");
	add_sample(0, NULL);
	begin_page(false);
	for (i = 0; i < 300; i++) {
		double value;
		char *text;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		samples[0][0].value = value;
		text = strstr(text_page(), "gauge\nv ") + 8;
		if (strtod(text, NULL) != value)
			test_fail(__FILE__, __LINE__, "%.17g as %s", value,
				  text);
	}
	server_close();
}

TEST(X38_negative_counters_are_left_out)
{
	add_metric(TELEMETRY_SUM, "s", "", "");
	add_sample(-2, "a", "1", NULL);
	add_sample(NAN, "a", "2", NULL);
	add_sample(2, "a", "3", NULL);
	fixture_snapshot = &snapshot;
	server_open("prometheus");
	server_start();
	check_has(text_page(), "# TYPE s_total counter\n"
			       "s_total{a=\"3\"} 2\n"
			       "# ");
	check_has(text_page(),
		  "telemetry_prometheus_hidden{reason=\"value\"} 2\n");
	server_close();
}
