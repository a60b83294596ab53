/*
 * test_metric_snapshot.c - what reporters see: several images, processes,
 * units, drops.
 */
#include "metric_fixture.h"

#include <math.h>

TEST(metrics_stand_in_order_of_definition)
{
	const struct telemetry_snapshot *s;

	setup();
	define("counter(z, event=z.z); counter(y, event=y.y); "
	       "counter(never, event=n.n); counter(x, event=x.x)");
	emit_one("x.x", telemetry_i64("n", 1), "", "");
	emit_one("y.y", telemetry_i64("n", 1), "", "");
	emit_one("z.z", telemetry_i64("n", 1), "", "");
	s = view();
	CHECK_INT(s->metric_count, 3);
	CHECK_STR(s->metrics[0].name, "z");
	CHECK_STR(s->metrics[1].name, "y");
	CHECK_STR(s->metrics[2].name, "x");
	CHECK_INT(s->partial, 0);
	CHECK(s->time > 1600000000000000000u);
	teardown();
}

TEST(one_of_each)
{
	const struct telemetry_snapshot *s;
	const struct telemetry_sample *x;

	setup();
	define_one_of_each();
	emit_some();
	s = view();
	CHECK_INT(s->struct_size, sizeof(*s));
	CHECK_INT(s->metric_count, 6);
	CHECK_STR(s->metrics[0].description, "calls");
	CHECK_INT(s->metrics[0].type, TELEMETRY_COUNTER);
	CHECK_INT(find_sample(s, "c", "k", "odd")->count, 5);
	CHECK(find_sample(s, "s", "k", "even")->value == 120000);
	CHECK(find_sample(s, "u", "", "")->value == 220000);
	CHECK(find_sample(s, "l", "", "")->value == 40000);
	x = find_sample(s, "q", "", "");
	CHECK_STR(find_metric(s, "q")->unit, "s");
	CHECK(x->value == 0.00022);
	CHECK(x->min == 4e-6 && x->max == 4e-5);
	CHECK(fabs(x->quantiles[0] - 2e-5) <= 2e-5 * 0.032);
	CHECK(x->quantiles[3] <= x->max);
	x = find_sample(s, "d", "", "");
	CHECK_STR(find_metric(s, "d")->unit, "ms");
	CHECK_INT(find_metric(s, "d")->bound_count, 2);
	CHECK(find_metric(s, "d")->bounds[1] == 20);
	CHECK_INT(x->buckets[0], 2);
	CHECK_INT(x->buckets[1], 3);
	CHECK_INT(x->buckets[2], 5);
	CHECK(x->value == 220 && x->min == 4 && x->max == 40);
	teardown();
}

TEST(processes_of_one_kind_are_added_up)
{
	const struct telemetry_snapshot *s;
	struct segment_image images[3];
	struct segment_header *dead;

	setup();
	define_one_of_each();
	emit_some();
	copy_image(&images[0]);
	copy_image(&images[1])->started_wall -= 5;
	dead = copy_image(&images[2]);
	dead->pid = INT32_MAX;
	s = view_of(images, 3);
	CHECK_INT(s->process_count, 1);
	CHECK_INT(s->processes[0].count, 3);
	CHECK_INT(s->processes[0].live, 2);
	CHECK_INT(s->processes[0].pid, getpid());
	CHECK_INT(s->processes[0].started, images[1].header->started_wall);
	CHECK_INT(find_sample(s, "c", "k", "odd")->count, 15);
	CHECK(find_sample(s, "s", "k", "even")->value == 360000);
	CHECK(find_sample(s, "q", "", "")->value == 0.00066);
	CHECK_INT(find_sample(s, "d", "", "")->buckets[2], 15);
	/* What a process has open or had last dies with it. */
	CHECK(find_sample(s, "u", "", "")->value == 440000);
	CHECK_INT(find_sample(s, "l", "", "")->count, 20);
	s = view_of(&images[2], 1);
	CHECK(find_metric(s, "u") == NULL && find_metric(s, "l") == NULL);
	CHECK_INT(s->processes[0].live, 0);
	CHECK_INT(s->processes[0].pid, INT32_MAX);
	teardown();
}

TEST(services_stay_apart)
{
	const struct telemetry_snapshot *s;
	struct segment_options options = { .service = "one" };
	struct segment_image images[2];
	struct segment_header *other;

	setup();
	segment_configure(&options);
	define_one_of_each();
	emit_some();
	copy_image(&images[0]);
	other = copy_image(&images[1]);
	other->service = other->executable;
	s = view_of(images, 2);
	CHECK_INT(s->process_count, 2);
	CHECK_STR(s->processes[0].service, "one");
	CHECK_STR(s->processes[1].service, s->processes[1].executable);
	CHECK_INT(find_metric(s, "u")->sample_count, 2);
	CHECK_INT(find_metric(s, "u")->samples[0].process, 0);
	CHECK_INT(find_metric(s, "u")->samples[1].process, 1);
	CHECK(find_metric(s, "u")->samples[1].value == 220000);
	teardown();
}

TEST(the_newest_value_wins)
{
	struct segment_image images[2];
	struct fixture_event e = { .measurements = { telemetry_i64("n", 1) },
				   .measurement_count = 1,
				   .time = 1000 };

	setup();
	define("last_value(l, event=a.b, measurement=n)");
	emit("a.b", &e);
	copy_image(&images[0]);
	e.measurements[0] = telemetry_i64("n", 2);
	e.time = 900;
	emit("a.b", &e);
	copy_image(&images[1]);
	CHECK(find_sample(view_of(images, 2), "l", "", "")->value == 1);
	teardown();
}

/* The date was set back between the starts of the two. */
TEST(the_newest_value_wins_whatever_the_date)
{
	struct segment_image images[2];
	struct fixture_event e = { .measurements = { telemetry_i64("n", 1) },
				   .measurement_count = 1,
				   .time = 1000 };
	const struct telemetry_sample *s;

	setup();
	define("last_value(l, event=a.b, measurement=n)");
	emit("a.b", &e);
	copy_image(&images[0]);
	e.measurements[0] = telemetry_i64("n", 2);
	e.time = 2000;
	emit("a.b", &e);
	copy_image(&images[1])->started_wall -= 3600000000000;
	s = find_sample(view_of(images, 2), "l", "", "");
	CHECK(s->value == 2 && s->count == 3);
	CHECK_INT(s->time, 2000 + images[1].header->started_wall -
				   images[1].header->started_monotonic);
	teardown();
}

TEST(drops_are_shown)
{
	const struct telemetry_snapshot *s;

	setup();
	define("counter(c, event=a.b)");
	emit_some();
	segment_drop(DROP_RING, 12);
	s = view();
	CHECK_INT(find_metric(s, "telemetry.dropped")->sample_count, 1);
	CHECK_INT(find_sample(s, "telemetry.dropped", "reason",
			      drop_reason_name(DROP_RING))
			  ->count,
		  12);
	/* Behind all others. */
	CHECK_STR(s->metrics[s->metric_count - 1].name, "telemetry.dropped");
	teardown();
}

TEST(an_empty_snapshot)
{
	struct snapshot *s;

	setup();
	s = snapshot_new();
	CHECK_INT(snapshot_view(s)->metric_count, 0);
	CHECK_INT(snapshot_view(s)->process_count, 0);
	snapshot_free(s);
	snapshot_free(NULL);
	teardown();
}

TEST(nothing_is_leaked)
{
	size_t used;
	int i;

	setup();
	define_one_of_each();
	emit_some();
	view();
	snapshot_free(fixture_snapshot);
	CHECK_INT(arena_borrowed(), fixture_image.memory);
	used = arena_used();
	for (i = 0; i < 20; i++) {
		segment_release(&fixture_image);
		view();
		snapshot_free(fixture_snapshot);
	}
	CHECK_INT(arena_used(), used);
	CHECK_INT(arena_borrowed(), fixture_image.memory);
	teardown();
}

TEST(no_memory_for_a_snapshot)
{
	struct segment_image image;
	struct snapshot *s;
	char text[16];
	int i;

	setup();
	define_one_of_each();
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		emit_one("a.b", telemetry_i64("n", 1), "k", text);
	}
	copy_image(&image);
	s = snapshot_new();
	arena_set_borrow_limit(arena_borrowed() + 65536);
	CHECK_INT(snapshot_add(s, &image), -ENOMEM);
	CHECK_INT(snapshot_view(s)->partial, 1);
	snapshot_free(s);
	teardown();
}

/* Of this process, which runs. */
static const struct telemetry_snapshot *view_defined(void)
{
	CHECK_INT(segment_read_own(&fixture_image), 0);
	fixture_snapshot = snapshot_new();
	CHECK_INT(snapshot_add(fixture_snapshot, &fixture_image), 0);
	snapshot_add_defined(fixture_snapshot, true);
	return snapshot_view(fixture_snapshot);
}

TEST(what_is_defined_is_shown_before_it_happens)
{
	const struct telemetry_snapshot *s;

	setup();
	define("counter(happens, event=a.b); counter(never, event=n.n); "
	       "sum(s, event=n.n, measurement=n); "
	       "sum(u, event=n.n, measurement=n, up_down=true); "
	       "counter(tagged, event=n.n, tags=[k], description=\"t\"); "
	       "distribution(d, event=n.n, measurement=n, buckets=[1])");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	s = view_defined();
	/* And telemetry.dropped. */
	CHECK_INT(s->metric_count, 7);
	CHECK_STR(s->metrics[0].name, "happens");
	CHECK_INT(find_sample(s, "happens", "", "")->count, 1);
	CHECK_INT(find_sample(s, "never", "", "")->count, 0);
	CHECK(find_sample(s, "never", "", "")->value == 0);
	CHECK(find_sample(s, "s", "", "")->value == 0);
	CHECK_INT(find_metric(s, "u")->sample_count, 0);
	CHECK_INT(find_metric(s, "tagged")->sample_count, 0);
	CHECK_STR(find_metric(s, "tagged")->description, "t");
	CHECK_INT(find_metric(s, "d")->bound_count, 1);
	CHECK_INT(find_metric(s, "d")->sample_count, 0);
	CHECK_INT(s->partial, 0);
	teardown();
}

/* ---- the date is set --------------------------------------------------------- */

#define DAY 86400000000000ull

static uint64_t start_shown;

/* As if the date had been set by so much since the process began. */
static struct telemetry_snapshot look_after(int64_t days)
{
	struct segment_header *h = segment_header();
	uint64_t start = h->started_wall;
	struct telemetry_snapshot s;

	snapshot_free(fixture_snapshot);
	h->started_wall = start - (uint64_t)days * DAY;
	s = *view();
	CHECK_INT(s.process_count, 1);
	start_shown = s.processes[0].started;
	CHECK(start_shown <= s.time);
	CHECK_INT(find_sample(&s, "c", "", "")->count, 1);
	if (days > -1000)
		CHECK_INT(start_shown, h->started_wall);
	h->started_wall = start;
	return s;
}

TEST(no_time_is_before_a_start)
{
	uint64_t now, back;

	setup();
	define("counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	now = look_after(0).time;
	CHECK(look_after(1).time >= now);
	back = look_after(-1).time;
	CHECK(back >= now + DAY);
	/* It goes on as the process's own clock does. */
	CHECK(look_after(-1).time >= back);
	/* Not for a start that cannot be. */
	CHECK(look_after(-10000).time < now + 400 * DAY);
	teardown();
}

/* A start that cannot be is shown as one that stays. */
TEST(no_start_moves)
{
	uint64_t shown;
	int i;

	setup();
	define("counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	look_after(-10000);
	shown = start_shown;
	for (i = 0; i < 3; i++) {
		look_after(-10000);
		CHECK_INT(start_shown, shown);
	}
	teardown();
}

/* The next one begins after the date was set back. */
TEST(the_first_start_is_that_of_the_first)
{
	struct segment_image images[2];
	struct segment_header *next;
	uint64_t start;

	setup();
	define("counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", 1), "", "");
	start = copy_image(&images[0])->started_wall;
	next = copy_image(&images[1]);
	next->started_boottime += DAY;
	next->started_wall -= DAY;
	CHECK_INT(view_of(images, 2)->processes[0].started, start);
	copy_image(&images[1]);
	next = copy_image(&images[0]);
	next->started_boottime += DAY;
	next->started_wall -= DAY;
	CHECK_INT(view_of(images, 2)->processes[0].started, start);
	teardown();
}
