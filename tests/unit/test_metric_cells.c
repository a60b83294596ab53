/*
 * test_metric_cells.c - measurements and the five types of cells that they are
 * added to.
 */
#include "metric_fixture.h"

#include "metric/update.h"

#include <float.h>
#include <math.h>

static const struct telemetry_sample *only(const char *name)
{
	const struct telemetry_sample *s = find_sample(view(), name, "", "");

	CHECK(s != NULL);
	return s;
}

TEST(counter_counts_whatever_the_measurement_is)
{
	setup();
	CHECK_INT(define("counter(a.b.count, measurement=n)"), 0);
	emit_one("a.b", telemetry_i64("n", -5), "", "");
	emit_one("a.b", telemetry_str("n", "text"), "", "");
	emit_one("a.b", telemetry_f64("other", 1), "", "");
	CHECK(only("a.b.count")->value == 3);
	CHECK_INT(only("a.b.count")->count, 3);
	CHECK_INT(drops(DROP_VALUE), 0);
	teardown();
}

TEST(sum_is_exact_and_skips_what_is_no_number)
{
	setup();
	define("sum(a.b.n)");
	emit_one("a.b", telemetry_i64("n", INT64_C(9007199254740993)), "", "");
	emit_one("a.b", telemetry_i64("n", 2), "", "");
	emit_one("a.b", telemetry_i64("n", 0), "", "");
	emit_one("a.b", telemetry_bool("n", 7), "", "");
	emit_one("a.b", telemetry_f64("n", 0.5), "", "");
	CHECK_INT(only("a.b.n")->count, 5);
	CHECK(only("a.b.n")->value == 9007199254740996.0);
	emit_one("a.b", telemetry_str("n", "5"), "", "");
	emit_one("a.b", telemetry_f64("n", NAN), "", "");
	emit_one("a.b", telemetry_f64("n", INFINITY), "", "");
	emit_one("a.b", telemetry_f64("missing", 1), "", "");
	CHECK_INT(drops(DROP_VALUE), 4);
	emit_one("a.b", telemetry_i64("n", -1), "", "");
	emit_one("a.b", telemetry_f64("n", -0.1), "", "");
	CHECK_INT(drops(DROP_NEGATIVE), 2);
	CHECK_INT(only("a.b.n")->count, 5);
	emit_one("a.b", telemetry_u64("n", UINT64_MAX), "", "");
	CHECK(only("a.b.n")->value > 1.8e19);
	teardown();
}

TEST(sums_do_not_wrap)
{
	setup();
	define("sum(a.b.n); sum(u, event=a.b, measurement=n, up_down=true); "
	       "distribution(d, event=a.b, measurement=n)");
	emit_one("a.b", telemetry_i64("n", INT64_MAX), "", "");
	emit_one("a.b", telemetry_i64("n", INT64_MAX), "", "");
	emit_one("a.b", telemetry_i64("n", 3), "", "");
	CHECK(only("a.b.n")->value == 18446744073709551616.0);
	CHECK(only("d")->value == 18446744073709551616.0);
	CHECK_INT(only("a.b.n")->count, 3);
	CHECK_INT(drops(DROP_VALUE), 0);
	emit_one("a.b", telemetry_i64("n", -INT64_MAX), "", "");
	CHECK(only("u")->value == 9223372036854775808.0);
	teardown();
}

TEST(sums_stay_finite)
{
	setup();
	define("sum(a.b.n); summary(s, event=a.b, measurement=n, "
	       "unit=hour:native)");
	emit_one("a.b", telemetry_f64("n", 1e308), "", "");
	CHECK_INT(drops(DROP_VALUE), 0);
	emit_one("a.b", telemetry_f64("n", 1e308), "", "");
	CHECK_INT(drops(DROP_VALUE), 2);
	CHECK(only("a.b.n")->value == DBL_MAX);
	CHECK_INT(only("a.b.n")->count, 2);
	/* 1e308 hours in nanoseconds */
	CHECK(only("s")->value == DBL_MAX && only("s")->max == DBL_MAX);
	CHECK(only("s")->quantiles[0] == DBL_MAX);
	teardown();
}

TEST(up_down_sum_falls)
{
	setup();
	define("sum(open, event=a.b, measurement=n, up_down=true)");
	emit_one("a.b", telemetry_i64("n", 3), "", "");
	emit_one("a.b", telemetry_i64("n", -5), "", "");
	CHECK(only("open")->value == -2);
	CHECK_INT(find_metric(view(), "open")->up_down, 1);
	CHECK_INT(drops(DROP_NEGATIVE), 0);
	teardown();
}

TEST(last_value_is_the_last)
{
	struct fixture_event e = { .measurements = { telemetry_f64("n", 2.5) },
				   .measurement_count = 1 };

	setup();
	define("last_value(a.b.n, unit=byte:kilobyte)");
	emit_one("a.b", telemetry_i64("n", -7), "", "");
	e.time = segment_header()->started_monotonic + 1000;
	emit("a.b", &e);
	CHECK(only("a.b.n")->value == 0.0025);
	CHECK_INT(only("a.b.n")->time, segment_header()->started_wall + 1000);
	CHECK_INT(only("a.b.n")->count, 2);
	teardown();
}

static void fill_distribution(void)
{
	static const int64_t values[] = { 0,	    5000000,  5000001,
					  10000000, 10000001, 20000000000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		emit_one("a.b", telemetry_i64("t", values[i]), "", "");
}

TEST(distribution_bounds_are_inclusive)
{
	const struct telemetry_sample *s;
	uint64_t total = 0;
	size_t i;

	setup();
	define("distribution(a.b.t, unit=native:second)");
	fill_distribution();
	s = only("a.b.t");
	CHECK_INT(s->count, 6);
	CHECK_INT(s->buckets[0], 2); /* 0 and 5 ms */
	CHECK_INT(s->buckets[1], 2); /* up to 10 ms */
	CHECK_INT(s->buckets[2], 1);
	CHECK_INT(s->buckets[14], 1);
	for (i = 0; i < 15; i++)
		total += s->buckets[i];
	CHECK_INT(total, s->count);
	CHECK(s->min == 0 && s->max == 20);
	CHECK(s->value == 20.030000002);
	emit_one("a.b", telemetry_f64("t", 5000000.0), "", "");
	emit_one("a.b", telemetry_f64("t", 5000000.1), "", "");
	CHECK_INT(only("a.b.t")->buckets[0], 3);
	CHECK_INT(only("a.b.t")->buckets[1], 3);
	teardown();
}

TEST(every_number_of_bounds_finds_its_bucket)
{
	struct metric_definition d = { .type = METRIC_DISTRIBUTION,
				       .numerator = 1,
				       .denominator = 1,
				       .max_series = 10,
				       .measurement = "n" };
	const struct telemetry_snapshot *s;
	uint32_t i, j;

	setup();
	for (i = 0; i <= METRIC_BUCKETS_MAX; i++) {
		snprintf(d.name, sizeof(d.name), "d%u", i);
		snprintf(d.events, sizeof(d.events), "e%u", i);
		d.bucket_count = i;
		if (i > 0)
			d.buckets[i - 1] = i * 10;
		CHECK_INT(metric_add(&d), 0);
		for (j = 0; j <= i; j++) {
			emit_one(d.events, telemetry_i64("n", j * 10 + 10), "",
				 "");
			emit_one(d.events, telemetry_f64("n", j * 10 + 0.5), "",
				 "");
		}
	}
	s = view();
	for (i = 0; i <= METRIC_BUCKETS_MAX; i++) {
		snprintf(d.name, sizeof(d.name), "d%u", i);
		for (j = 0; j <= i; j++)
			CHECK_INT(find_sample(s, d.name, "", "")->buckets[j],
				  2);
	}
	teardown();
}

TEST(duration_and_time_come_with_the_occurrence)
{
	struct fixture_event e = { .time = 77, .duration = 42 };

	setup();
	define("sum(a.b.duration); sum(a.b.monotonic_time)");
	emit("a.b", &e);
	CHECK(only("a.b.duration")->value == 42);
	CHECK(only("a.b.monotonic_time")->value == 77);
	e.duration = 0;
	e.measurements[0] = telemetry_i64("duration", 5);
	e.measurement_count = 1;
	emit("a.b", &e);
	CHECK(only("a.b.duration")->value == 47);
	teardown();
}

TEST(cells_of_two_threads_share_no_cache_line)
{
	CHECK(sizeof(struct summary_local) <= 1024);
	CHECK_INT(sizeof(struct cell) % 16, 0);
	CHECK_INT(sizeof(struct cell_counter) % 16, 0);
	CHECK_INT(sizeof(struct cell_sum) % 16, 0);
	CHECK_INT(sizeof(struct cell_last) % 16, 0);
	CHECK_INT(sizeof(struct cell_octave) % 16, 0);
}
