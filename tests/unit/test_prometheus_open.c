/* test_prometheus_open.c - what is different in OpenMetrics, and what is there
 * beside the metrics. */
#include "snapshot_fixture.h"

static const double bounds[] = { 0.1, 1 };
static const uint64_t counts[] = { 1, 2, 1 };

TEST(counters_and_units_belong_to_families)
{
	add_metric(TELEMETRY_SUM, "libc.socket.io", "By", "Bytes \"in\" \\ \n");
	add_sample(2.5, "a", "b", NULL);
	add_metric(TELEMETRY_LAST_VALUE, "fill", "1", "");
	add_sample(1, NULL);
	begin_page(false);
	CHECK_STR(open_page(),
		  "# HELP libc_socket_io_bytes Bytes \\\"in\\\" \\\\ \\n\n"
		  "# TYPE libc_socket_io_bytes counter\n"
		  "# UNIT libc_socket_io_bytes bytes\n"
		  "libc_socket_io_bytes_total{a=\"b\"} 2.5\n"
		  "# HELP fill_ratio \n"
		  "# TYPE fill_ratio gauge\n"
		  "# UNIT fill_ratio ratio\n"
		  "fill_ratio 1\n"
		  "# EOF\n");
	server_close();
}

/* The newest of each bucket. */
TEST(exemplars)
{
	static const struct telemetry_exemplar exemplars[] = {
		{ 0.05, 1700000000123456789u, 0xabc },
		{ 0.5, 1700000001000000000u, 1 },
		{ 0.75, 1700000002000000000u, 0xfedcba9876543210u },
		{ 0.6, 1700000001500000000u, 3 },
		{ 7, 0, 4 },
		{ 8, 1700000002000000000u, 0 }, /* no span */
	};
	struct telemetry_metric *m =
		add_metric(TELEMETRY_DISTRIBUTION, "d", "", "");
	struct telemetry_sample *s;

	m->bounds = bounds;
	m->bound_count = 2;
	s = add_sample(3, NULL);
	set_buckets(s, counts, 3);
	s->exemplars = exemplars;
	s->exemplar_count = 6;
	begin_page(false);
	CHECK_STR(open_page(),
		  "# HELP d \n"
		  "# TYPE d histogram\n"
		  "d_bucket{le=\"0.1\"} 1 # {span_id=\"0000000000000abc\"} "
		  "0.05 1700000000.123456\n"
		  "d_bucket{le=\"1.0\"} 3 # {span_id=\"fedcba9876543210\"} "
		  "0.75 1700000002.000000\n"
		  "d_bucket{le=\"+Inf\"} 4 # {span_id=\"0000000000000004\"} 7\n"
		  "d_sum 3\n"
		  "d_count 4\n"
		  "# EOF\n");
	check_has_not(text_page(), "span_id");
	server_close();
}

/* With bounds below zero its sum would be no counter. */
TEST(buckets_below_zero_have_no_sum)
{
	static const double below[] = { -1, 1 };
	struct telemetry_metric *m =
		add_metric(TELEMETRY_DISTRIBUTION, "d", "", "");

	m->bounds = below;
	m->bound_count = 2;
	set_buckets(add_sample(-3, NULL), counts, 3);
	begin_page(false);
	CHECK_STR(open_page(), "# HELP d \n"
			       "# TYPE d histogram\n"
			       "d_bucket{le=\"-1.0\"} 1\n"
			       "d_bucket{le=\"1.0\"} 3\n"
			       "d_bucket{le=\"+Inf\"} 4\n"
			       "# EOF\n");
	check_has(text_page(), "d_sum -3\nd_count 4\n");
	server_close();
}

static void add_programs(void)
{
	static const struct telemetry_tag attributes[] = {
		{ "deployment.environment.name", "test" },
		{ "service.version", "1.2\n" },
	};

	add_process("/usr/sbin/nginx", "shop");
	processes[0].attributes = attributes;
	processes[0].attribute_count = 2;
	add_process("/opt/nginx", "shop");
	add_process("/bin/sh", "sh");
	processes[2].live = 0;
	processes[1].started += 1000000000;
}

TEST(programs_are_told_apart_and_targets_described)
{
	struct telemetry_sample *s;

	add_programs();
	add_metric(TELEMETRY_COUNTER, "c", "", "");
	add_sample(1, "service_name", "mine", NULL);
	s = add_sample(2, "service_name", "mine", NULL);
	s->process = 1;
	s = add_sample(4, "service_name", "mine", NULL);
	s->process = 2;
	begin_page(true);
	check_has(open_page(), "c_total{process_executable_name=\"nginx\","
			       "service_name=\"shop;mine\"} 3\n"
			       "c_total{process_executable_name=\"sh\","
			       "service_name=\"sh;mine\"} 4\n");
	check_has(heard_text,
		  "# TYPE target info\n"
		  "target_info{deployment_environment_name=\"test\","
		  "process_executable_name=\"nginx\","
		  "process_executable_path=\"/usr/sbin/nginx\","
		  "service_name=\"shop\",service_version=\"1.2\\n\"} 1\n"
		  "target_info{process_executable_name=\"sh\","
		  "process_executable_path=\"/bin/sh\","
		  "service_name=\"sh\"} 1\n"
		  "# ");
	check_has(text_page(), "# TYPE target_info gauge\n"
			       "target_info{");
	server_close();
}

TEST(process_metrics_have_their_usual_names_too)
{
	add_programs();
	add_metric(TELEMETRY_SUM, "process.cpu.time", "s", "");
	add_sample(1.5, "cpu.mode", "user", NULL);
	add_sample(0.25, "cpu.mode", "system", NULL);
	add_sample(4, "cpu.mode", "system", NULL)->process = 2;
	add_metric(TELEMETRY_SUM, "process.memory.usage", "By", "")->up_down =
		1;
	add_sample(4096, NULL);
	add_sample(8192, NULL)->process = 1;
	begin_page(true);
#define NGINX "{process_executable_name=\"nginx\",service_name=\"shop\"} "
#define SH "{process_executable_name=\"sh\",service_name=\"sh\"} "
	check_has(text_page(), "# TYPE process_cpu_seconds_total counter\n"
			       "process_cpu_seconds_total" NGINX "1.75\n"
			       "process_cpu_seconds_total" SH "4\n");
	check_has(heard_text, "# TYPE process_resident_memory_bytes gauge\n"
			      "process_resident_memory_bytes" NGINX "12288\n");
	check_has(heard_text, "process_cpu_time_seconds_total{cpu_mode=");
	check_has(heard_text,
		  "process_start_time_seconds" NGINX "1700000001.5\n"
		  "# ");
	check_has_not(heard_text, "process_open_fds");
	server_close();
}

TEST(counts_what_it_does)
{
	begin_page(true);
	text_page();
	open_page();
	request("GET", "/x", "");
	request("POST", "/metrics", "Content-Length: 0\r\n");
	check_has(open_page(),
		  "telemetry_prometheus_scrapes_total{format=\"openmetrics\"} "
		  "2\n"
		  "telemetry_prometheus_scrapes_total{format=\"text\"} 1\n");
	check_has(heard_text,
		  "telemetry_prometheus_scrape_duration_seconds_count 2\n");
	check_has(heard_text,
		  "telemetry_prometheus_errors_total{reason=\"refused\"} 2\n");
	snapshot.partial = 1;
	check_has(open_page(), "telemetry_prometheus_partial 1\n");
	server_close();
}
