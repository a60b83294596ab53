/* test_prometheus_names.c - names of metrics and labels, and what becomes of
 * those that are the same. */
#include "snapshot_fixture.h"

static const double bounds[] = { 0.05 };

TEST(X17_X57_names)
{
	add_metric(TELEMETRY_LAST_VALUE, "http-srv.1 x.a:b", "", "");
	add_sample(1, "a-b", "1", "9", "2", "__name__", "3", "\xc3\xa9", "4",
		   NULL);
	add_metric(TELEMETRY_LAST_VALUE, "9__x.y", "", "");
	add_sample(1, NULL);
	add_metric(TELEMETRY_LAST_VALUE, "..", "", "");
	add_sample(1, NULL);
	begin_page(false);
	CHECK_STR(text_page(), "# HELP http_srv_1_x_a:b \n"
			       "# TYPE http_srv_1_x_a:b gauge\n"
			       "http_srv_1_x_a:b{_=\"4\",_9=\"2\",_name_=\"3\","
			       "a_b=\"1\"} 1\n"
			       "# HELP _9_x_y \n"
			       "# TYPE _9_x_y gauge\n"
			       "_9_x_y 1\n"
			       "# HELP _ \n"
			       "# TYPE _ gauge\n"
			       "_ 1\n");
	server_close();
}

static void check_unit(enum telemetry_metric_type type, const char *name,
		       const char *unit, const char *expected)
{
	char line[128];

	snapshot.metric_count = 0;
	memset(metrics, 0, sizeof(metrics));
	add_metric(type, name, unit, "");
	snprintf(line, sizeof(line), "# HELP %s \n", expected);
	check_has(text_page(), line);
}

TEST(units_are_words_at_the_end)
{
	begin_page(false);
	check_unit(TELEMETRY_SUM, "a.b", "By", "a_b_bytes_total");
	check_unit(TELEMETRY_SUM, "a.bytes", "By", "a_bytes_total");
	check_unit(TELEMETRY_SUM, "a.total", "s", "a_seconds_total");
	check_unit(TELEMETRY_SUM, "a.bytes.total", "By", "a_bytes_total");
	check_unit(TELEMETRY_LAST_VALUE, "a", "1", "a_ratio");
	check_unit(TELEMETRY_COUNTER, "a", "1", "a_total");
	check_unit(TELEMETRY_COUNTER, "a", "{row}", "a_total");
	check_unit(TELEMETRY_LAST_VALUE, "a", "{row}", "a");
	check_unit(TELEMETRY_LAST_VALUE, "a", "By/s", "a_bytes_per_second");
	check_unit(TELEMETRY_LAST_VALUE, "a", "{x}/s", "a_per_second");
	check_unit(TELEMETRY_LAST_VALUE, "a", "%", "a_percent");
	check_unit(TELEMETRY_LAST_VALUE, "a", "ms", "a_milliseconds");
	check_unit(TELEMETRY_LAST_VALUE, "a", "furlong", "a_furlong");
	check_unit(TELEMETRY_LAST_VALUE, "seconds", "s", "seconds_seconds");
	server_close();
}

TEST(X46_X45_names_that_collide)
{
	add_metric(TELEMETRY_COUNTER, "a.b", "", "first");
	add_sample(1, NULL);
	add_metric(TELEMETRY_COUNTER, "a_b.total", "", "the other");
	add_sample(2, NULL);
	add_metric(TELEMETRY_DISTRIBUTION, "h", "", "");
	add_metric(TELEMETRY_LAST_VALUE, "h.count", "", "");
	add_metric(TELEMETRY_LAST_VALUE, "target", "", "");
	add_metric(TELEMETRY_LAST_VALUE, "process_threads", "", "theirs");
	add_sample(5, NULL);
	add_metric(TELEMETRY_LAST_VALUE, "process.thread.count", "{thread}",
		   "");
	add_sample(7, NULL);
	begin_page(true);
	check_has(text_page(), "# HELP a_b_total first\n"
			       "# TYPE a_b_total counter\n"
			       "a_b_total 1\n"
			       "# HELP h ");
	check_has_not(heard_text, "the other");
	check_has_not(heard_text, "h_count ");
	check_has_not(heard_text, "target gauge");
	check_has(heard_text, "# HELP process_threads theirs\n");
	check_has_not(heard_text, "process_threads 7");
	check_has(heard_text,
		  "telemetry_prometheus_hidden{reason=\"name\"} 3\n");
	check_has(fixture_log, "metric target is not shown: ");
	*fixture_log = '\0';
	text_page();
	CHECK_STR(fixture_log, "");
	server_close();
}

TEST(X56_labels_that_collide)
{
	static const uint64_t one[] = { 1, 0 }, two[] = { 0, 2 };
	struct telemetry_metric *m;
	struct telemetry_sample *s;

	add_metric(TELEMETRY_COUNTER, "c", "", "");
	add_sample(1, "a.b", "x", "a_b", "y", NULL);
	add_sample(2, "a_b", "x;y", NULL);
	add_metric(TELEMETRY_LAST_VALUE, "g", "", "");
	add_sample(1, "a", "\xff", NULL)->time = 9;
	add_sample(2, "a", "\xfe", NULL)->time = 8;
	m = add_metric(TELEMETRY_DISTRIBUTION, "h", "", "");
	m->bounds = bounds;
	m->bound_count = 1;
	set_buckets(add_sample(0.01, "le", "\xff", NULL), one, 2);
	set_buckets(add_sample(5, "le", "\xfe", NULL), two, 2);
	add_metric(TELEMETRY_SUMMARY, "t", "", "");
	s = add_sample(1, "a", "\xff", NULL);
	s->count = 1;
	s = add_sample(2, "a", "\xfe", NULL);
	s->count = 4;
	begin_page(false);
#define R "\xef\xbf\xbd"
	CHECK_STR(text_page(), "# HELP c_total \n"
			       "# TYPE c_total counter\n"
			       "c_total{a_b=\"x;y\"} 3\n"
			       "# HELP g \n"
			       "# TYPE g gauge\n"
			       "g{a=\"" R "\"} 1\n"
			       "# HELP h \n"
			       "# TYPE h histogram\n"
			       "h_bucket{exported_le=\"" R "\",le=\"0.05\"} 1\n"
			       "h_bucket{exported_le=\"" R "\",le=\"+Inf\"} 3\n"
			       "h_sum{exported_le=\"" R "\"} 5.01\n"
			       "h_count{exported_le=\"" R "\"} 3\n"
			       "# HELP t \n"
			       "# TYPE t summary\n"
			       "t_sum{a=\"" R "\"} 3\n"
			       "t_count{a=\"" R "\"} 5\n");
	server_close();
}
