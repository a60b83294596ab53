/*
 * test_metric_summary.c - quantiles of summaries against the exact ones: at
 * most 3.2 % off, whatever the data look like.
 */
#include "metric_fixture.h"

#include "metric/summary.h"

#include <math.h>

#define VALUES 20000
#define ERROR 0.032

static const double ranks[4] = { 0.5, 0.9, 0.95, 0.99 };
static double values[VALUES];
static uint64_t state = 42;

static double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) / 9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(1 - uniform())) *
	       cos(6.283185307179586 * uniform());
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static const struct telemetry_sample *record(bool integers)
{
	int i;

	define("summary(a.b.n)");
	for (i = 0; i < VALUES; i++) {
		if (integers)
			values[i] = floor(values[i]);
		emit_one("a.b",
			 integers ? telemetry_i64("n", (int64_t)values[i])
				  : telemetry_f64("n", values[i]),
			 "", "");
	}
	qsort(values, VALUES, sizeof(values[0]), ascending);
	return find_sample(view(), "a.b.n", "", "");
}

static void compare(bool integers)
{
	const struct telemetry_sample *s;
	double sum = 0;
	size_t i;

	setup();
	s = record(integers);
	for (i = 0; i < VALUES; i++)
		sum += values[i];
	CHECK_INT(s->count, VALUES);
	CHECK(fabs(s->value - sum) <= fabs(sum) * 1e-9);
	CHECK(s->min == values[0] && s->max == values[VALUES - 1]);
	for (i = 0; i < 4; i++) {
		double exact = values[(size_t)ceil(ranks[i] * VALUES) - 1];

		if (fabs(s->quantiles[i] - exact) > fabs(exact) * ERROR)
			test_fail(__FILE__, __LINE__, "quantile %g: %g, not %g",
				  ranks[i], s->quantiles[i], exact);
	}
	teardown();
}

TEST(uniform_numbers)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = uniform() * 1e6;
	compare(true);
}

TEST(uniform_fractions)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = uniform() * 1e6;
	compare(false);
}

TEST(lognormal_numbers)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = exp(normal() * 2 + 12);
	compare(true);
}

TEST(small_fractions)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = exp(normal() * 3 - 15);
	compare(false);
}

TEST(negative_numbers)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = -exp(normal() * 2 + 3);
	compare(false);
}

TEST(numbers_of_both_signs)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = normal() * 1000;
	compare(false);
}

TEST(zeros_among_others)
{
	int i;

	for (i = 0; i < VALUES; i++)
		values[i] = i % 10 < 6 ? 0 : i;
	compare(true);
}

TEST(a_constant_is_exact)
{
	const struct telemetry_sample *s;
	int i;

	setup();
	for (i = 0; i < VALUES; i++)
		values[i] = 17;
	s = record(true);
	for (i = 0; i < 4; i++)
		CHECK(s->quantiles[i] == 17);
	CHECK(s->value == 17.0 * VALUES);
	teardown();
}

TEST(every_part_holds_its_middle)
{
	struct summary_place place;

	for (place.octave = 0; place.octave < SUMMARY_OCTAVES; place.octave++)
		for (place.sub = 0; place.sub < SUMMARY_SUBS; place.sub++) {
			struct summary_place again =
				summary_place(summary_value(place));

			CHECK_INT(again.octave, place.octave);
			CHECK_INT(again.sub, place.sub);
		}
}

TEST(parts_ascend)
{
	struct summary_place place;
	double before = -INFINITY;

	for (place.octave = 0; place.octave < SUMMARY_OCTAVES; place.octave++)
		for (place.sub = 0; place.sub < SUMMARY_SUBS; place.sub++) {
			CHECK(summary_value(place) > before);
			before = summary_value(place);
		}
}

TEST(beyond_the_range_counts_at_its_end)
{
	const struct telemetry_sample *s;

	CHECK_INT(summary_place(1e-300).octave, SUMMARY_OCTAVES / 2);
	CHECK_INT(summary_place(1e300).octave, SUMMARY_OCTAVES - 1);
	CHECK_INT(summary_place(-1e300).octave, 0);
	CHECK_INT(summary_place(-1e-300).octave, SUMMARY_OCTAVES / 2 - 1);
	setup();
	define("summary(a.b.n)");
	emit_one("a.b", telemetry_f64("n", 1e300), "", "");
	emit_one("a.b", telemetry_f64("n", -1e-300), "", "");
	s = find_sample(view(), "a.b.n", "", "");
	CHECK_INT(s->count, 2);
	CHECK(s->min == -1e-300 && s->max == 1e300);
	teardown();
}

/* What one series costs a thread: a page of cells, and a table. */
TEST(an_ordinary_span_costs_little)
{
	size_t segment, arena;
	uint32_t i;

	setup();
	define("summary(x.duration, span=x, tags=[span], unit=native:second);"
	       "counter(warm.up.count)");
	emit_one("warm.up", telemetry_i64("n", 1), "", "");
	segment = segment_header()->used;
	arena = arena_used();
	for (i = 0; i < 1000; i++) {
		struct fixture_event e = { .interned = true,
					   .duration = 20000 + i * 300 };

		emit("x.stop", &e);
	}
	CHECK(segment_header()->used - segment <= 4096 + 512);
	CHECK(arena_used() - arena <= 2048);
	teardown();
}
