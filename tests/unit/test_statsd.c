/* test_statsd.c - what the StatsD reporter makes of snapshots, and to whom it
 * sends.  Names of tests have the numbers of tests/parity/README.md. */
#include "statsd_fixture.h"

#include <math.h>

static int receiver;

static void start_with(const char *key, const char *value)
{
	receiver = statsd_listen("127.0.0.1");
	CHECK(receiver >= 0);
	statsd_start("port", statsd_port, "decimals", "3", key, value, NULL);
}

static void start(void)
{
	start_with(NULL, NULL);
}

/* One report; its first datagram. */
static const char *sent(void)
{
	CHECK_INT(statsd_report(), 0);
	return statsd_received(receiver);
}

TEST(S40_a_counter_is_what_is_new)
{
	start();
	statsd_metric(0, TELEMETRY_COUNTER, "http.requests", 1);
	CHECK_STR(sent(), "http.requests:1|c");
	statsd_metric(0, TELEMETRY_COUNTER, "http.requests", 5);
	CHECK_STR(sent(), "http.requests:4|c");
	CHECK_STR(sent(), "");
}

TEST(S41_sums_as_changes)
{
	start_with("sums", "delta");
	statsd_metric(0, TELEMETRY_SUM, "s", 2001)->count = 1;
	CHECK_STR(sent(), "s:+2001|g");
	statsd_metric(0, TELEMETRY_SUM, "s", 3586)->count = 2;
	CHECK_STR(sent(), "s:+1585|g");
	statsd_metrics[0].up_down = 1;
	statsd_metric(0, TELEMETRY_SUM, "s", 3500)->count = 3;
	statsd_metrics[0].up_down = 1;
	CHECK_STR(sent(), "s:-86|g");
}

TEST(a_sum_is_a_counter_and_one_that_falls_a_gauge)
{
	start();
	statsd_metric(0, TELEMETRY_SUM, "bytes", 2001);
	statsd_metric(1, TELEMETRY_SUM, "open", -3);
	statsd_metrics[1].up_down = 1;
	CHECK_STR(sent(), "bytes:2001|c\nopen:0|g\nopen:-3|g");
	CHECK_STR(sent(), "open:0|g\nopen:-3|g");
}

TEST(S42_the_last_value_every_time)
{
	start();
	statsd_metric(0, TELEMETRY_LAST_VALUE, "v", 2001);
	CHECK_STR(sent(), "v:2001|g");
	CHECK_STR(sent(), "v:2001|g");
	statsd_metric(0, TELEMETRY_LAST_VALUE, "v", 2001)->count = 0;
	CHECK_STR(sent(), "");
}

TEST(S52_one_datagram_in_the_order_of_definition)
{
	static const uint64_t buckets[] = { 1, 0 };
	static const double bound = 1000;

	start_with("sums", "delta");
	statsd_metric(0, TELEMETRY_DISTRIBUTION, "http.request.latency", 172)
		->buckets = buckets;
	statsd_metrics[0].bounds = &bound;
	statsd_metrics[0].bound_count = 1;
	statsd_metric(1, TELEMETRY_SUM, "http.request.payload_size", 121);
	CHECK_STR(sent(), "http.request.latency:172|ms\n"
			  "http.request.payload_size:+121|g");
}

/* ---- distributions -------------------------------------------------------------- */

static const double bounds[] = { 0.01, 0.1, 1 };
static uint64_t buckets[4];

static void distribution(uint64_t count, double sum, double min, double max)
{
	struct telemetry_sample *s =
		statsd_metric(0, TELEMETRY_DISTRIBUTION, "d", sum);

	s->count = count;
	s->min = min;
	s->max = max;
	s->buckets = buckets;
	statsd_metrics[0].unit = "s";
	statsd_metrics[0].bounds = bounds;
	statsd_metrics[0].bound_count = 3;
}

/* Values and weights of the lines; the sums of both are those of what came. */
static void weigh(const char *text, double *count, double *sum)
{
	*count = *sum = 0;
	while (*text) {
		const char *at = strchr(text, ':') + 1;
		char *end;
		double value = strtod(at, &end), rate = 1;

		if (!strncmp(end, "|ms|@", 5))
			rate = strtod(end + 5, &end);
		else
			end += 3;
		*count += 1 / rate;
		*sum += value / rate;
		text = *end ? end + 1 : end;
	}
}

TEST(a_distribution_keeps_its_count_and_its_sum)
{
	double count, sum;

	start_with("decimals", "9");
	buckets[0] = 100;
	buckets[1] = 7;
	buckets[3] = 1;
	distribution(108, 100 * 0.004 + 7 * 0.03 + 2.5, 0.001, 2.5);
	weigh(sent(), &count, &sum);
	CHECK(fabs(count - 108) < 1e-9);
	CHECK(fabs(sum - 3110) < 1e-3);
	/* Only what is new. */
	buckets[1] += 3;
	distribution(111, 3.11 + 0.15, 0.001, 2.5);
	weigh(sent(), &count, &sum);
	CHECK(fabs(count - 3) < 1e-9);
	CHECK(fabs(sum - 150) < 1e-3);
}

TEST(a_single_value_is_exact)
{
	start();
	buckets[1] = 1;
	distribution(1, 0.0125, 0.0125, 0.0125);
	CHECK_STR(sent(), "d:12.5|ms");
}

TEST(a_few_lines_without_a_rate_for_those_who_misread_it)
{
	const char *text;
	int lines = 0;

	start_with("timers", "repeated");
	buckets[0] = 5000;
	buckets[2] = 3;
	distribution(5003, 5000 * 0.005 + 3 * 0.5, 0.001, 0.5);
	text = sent();
	CHECK(!strchr(text, '@'));
	CHECK(strstr(text, "\nd.count:5003|c") != NULL);
	for (; (text = strstr(text, "|ms")); text++)
		lines++;
	CHECK_INT(lines, 10);
}

TEST(a_summary_is_its_mean)
{
	struct telemetry_sample *s;

	start_with("dialect", "dogstatsd");
	s = statsd_metric(0, TELEMETRY_SUMMARY, "q", 12);
	s->count = 4;
	CHECK_STR(sent(), "q:3|h|@0.25|#service:shop");
}

/* ---- series ---------------------------------------------------------------------- */

TEST(what_somebody_else_has_reported_is_not_sent_again)
{
	start();
	statsd_metric(0, TELEMETRY_COUNTER, "c", 100);
	statsd_metric(1, TELEMETRY_LAST_VALUE, "g", 5);
	statsd_snapshot.continues = 1;
	CHECK_STR(sent(), "g:5|g");
	statsd_metric(0, TELEMETRY_COUNTER, "c", 103);
	CHECK_STR(sent(), "c:3|c\ng:5|g");
}

TEST(a_look_that_saw_less_sends_nothing_twice)
{
	start();
	statsd_metric(0, TELEMETRY_COUNTER, "c", 100);
	CHECK_STR(sent(), "c:100|c");
	statsd_metric(0, TELEMETRY_COUNTER, "c", 40);
	CHECK_STR(sent(), "");
	statsd_metric(0, TELEMETRY_COUNTER, "c", 101);
	CHECK_STR(sent(), "c:1|c");
}

TEST(a_series_that_was_gone_for_long_begins_anew)
{
	int i;

	start();
	statsd_metric(0, TELEMETRY_COUNTER, "c", 100);
	CHECK_STR(sent(), "c:100|c");
	statsd_metrics[0].sample_count = 0;
	for (i = 0; i < 5; i++)
		CHECK_STR(sent(), "");
	statsd_metric(0, TELEMETRY_COUNTER, "c", 7);
	CHECK_STR(sent(), "c:7|c");
}

TEST(many_series_are_all_known_again)
{
	static struct telemetry_sample samples[5000];
	static struct telemetry_tag tags[5000];
	static char values[5000][16];
	int i;

	start_with("mtu", "60000");
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	for (i = 0; i < 5000; i++) {
		snprintf(values[i], sizeof(values[i]), "%d", i);
		tags[i] = (struct telemetry_tag){ "n", values[i] };
		samples[i] = (struct telemetry_sample){ .tags = &tags[i],
							.tag_count = 1,
							.count = 1 };
	}
	statsd_metrics[0].samples = samples;
	statsd_metrics[0].sample_count = 5000;
	CHECK(strlen(sent()) > 30000);
	while (*statsd_received(receiver))
		;
	samples[4321].count = 3;
	CHECK_STR(sent(), "c.4321:2|c");
}

/* ---- sampling --------------------------------------------------------------------- */

/* Many draws: a tenth of them, give or take. */
TEST(S67_S68_a_part_of_the_lines_with_their_rate)
{
	int i, lines = 0;

	start_with("sample_rate", "0.1");
	statsd_metric(1, TELEMETRY_LAST_VALUE, "g", 1);
	for (i = 1; i <= 2000; i++) {
		const char *text;

		statsd_metric(0, TELEMETRY_COUNTER, "c", i);
		text = sent();
		lines += strncmp(text, "c:1|c|@0.1", 10) == 0;
		CHECK(strstr(text, "g:1|g") != NULL);
	}
	CHECK(lines > 80 && lines < 400);
}

/* ---- prefix and tags ---------------------------------------------------------------- */

TEST(S38_an_empty_prefix_is_none_and_a_service_may_be_one)
{
	start_with("prefix", "app.%s");
	statsd_process.service = "a.b c";
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	CHECK_STR(sent(), "app.a.b_c.c:1|c");
	statsd_port[0] = '\0';
	start();
	CHECK_STR(sent(), "c:1|c");
}

TEST(S78_two_reporters_both_send)
{
	void *first;

	start();
	first = statsd_self;
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	CHECK_STR(sent(), "c:1|c");
	statsd_self = fixture_open(statsd);
	CHECK_INT(fixture_set(statsd, statsd_self, "port", statsd_port), 0);
	CHECK_INT(statsd->start(statsd_self), 0);
	CHECK_STR(sent(), "shop.c:1|c");
	CHECK(first != statsd_self);
}

TEST(datadogs_variables)
{
	receiver = statsd_listen("127.0.0.1");
	statsd_start("dd_host", "127.0.0.1", "dd_port", statsd_port, "dd_env",
		     "prod", "dd_tags", "team:a,env:dev", "dd_entity_id", "x",
		     NULL);
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	CHECK_STR(sent(), "c:1|c|#env:prod,team:a,dd.internal.entity_id:x,"
			  "service:shop");
}

/* ---- metrics of its own ---------------------------------------------------------------- */

TEST(it_counts_itself)
{
	receiver = statsd_listen("127.0.0.1");
	statsd_start("port", statsd_port, "self", "true", NULL);
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	CHECK_STR(sent(), "c:1|c");
	CHECK_STR(sent(), "telemetry.reporter.lines.statsd:1|c\n"
			  "telemetry.reporter.packets.statsd:1|c\n"
			  "telemetry.reporter.bytes.statsd:5|c");
	statsd_start("port", statsd_port, "self", "true", "dialect",
		     "dogstatsd", "tags", "service:x", NULL);
	CHECK_STR(sent(), "c:1|c|#service:x");
	CHECK_STR(sent(), "datadog.dogstatsd.client.metrics:1|c|#client:"
			  "libtelemetry_shim,"
			  "client_transport:udp,service:x\n"
			  "datadog.dogstatsd.client.packets_sent:1|c|#client:"
			  "libtelemetry_shim,client_transport:udp,service:x\n"
			  "datadog.dogstatsd.client.bytes_sent:16|c|#client:"
			  "libtelemetry_shim,client_transport:udp,service:x");
}

TEST(a_dry_run_sends_nothing_and_shows_all)
{
	receiver = statsd_listen("127.0.0.1");
	statsd_start("port", statsd_port, "dry_run", fixture_file(), NULL);
	statsd_metric(0, TELEMETRY_COUNTER, "c", 1);
	CHECK_STR(sent(), "");
	CHECK_STR(fixture_output(), "# datagram of 5 bytes\nc:1|c\n");
}

/* ---- options ------------------------------------------------------------------------------ */

static void refuses(const char *key, const char *value)
{
	statsd = fixture_load("statsd");
	statsd_self = fixture_open(statsd);
	if (fixture_set(statsd, statsd_self, key, value) != -EINVAL)
		test_fail(__FILE__, __LINE__, "%s=%s is taken", key, value);
	statsd->close(statsd_self);
}

TEST(S46_judges_its_options)
{
	refuses("dialect", "my_formatter");
	refuses("port", "0");
	refuses("port", "65536");
	refuses("port", "12x");
	refuses("socket", "relative");
	refuses("family", "inet7");
	refuses("mtu", "10");
	refuses("interval", "1s");
	refuses("resolve_interval", "1");
	refuses("sample_rate", "0");
	refuses("sample_rate", "0.0");
	refuses("sample_rate", "1.5");
	refuses("sample_rate", "-1");
	refuses("sample_rate", "a.5");
	refuses("tags", "env");
	refuses("tags", ":x");
	refuses("empty", "nothing");
	refuses("sums", "both");
	refuses("timers", "all");
	refuses("decimals", "10");
	refuses("self", "maybe");
	refuses("dry_run", "here");
	refuses("dd_url", "tcp://x");
	refuses("dd_url", "unix://relative");
	refuses("dd_url", "udp://:1");
	refuses("dd_url", "udp://[::1");
	statsd_self = fixture_open(statsd);
	CHECK_INT(fixture_set(statsd, statsd_self, "colour", "1"), -ENOENT);
}
