/*
 * test_metric_limits.c - many series, too many, full memory, threads, forks.
 */
#include "metric_fixture.h"

#include <pthread.h>

TEST(what_is_beyond_the_limit_overflows)
{
	const struct telemetry_snapshot *s;
	uint64_t total = 0;
	char text[16];
	size_t j;
	int i;

	setup();
	define("counter(a.b.c, tags=[k, l], max_series=5);"
	       "counter(other, event=a.b, tags=[k])");
	for (i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "v%d", i % 20);
		emit_one("a.b", telemetry_i64("n", 1), "k", text);
	}
	s = view();
	CHECK_INT(find_metric(s, "a.b.c")->sample_count, 6);
	CHECK_INT(find_metric(s, "other")->sample_count, 20);
	CHECK_INT(drops(DROP_SERIES), 30);
	for (j = 0; j < 6; j++)
		total += find_metric(s, "a.b.c")->samples[j].count;
	CHECK_INT(total, 40);
	CHECK_INT(find_sample(s, "a.b.c", "k", "v4")->count, 2);
	CHECK_INT(
		find_sample(s, "a.b.c", "otel.metric.overflow", "true")->count,
		30);
	CHECK_STR(
		tag_of(find_sample(s, "a.b.c", "otel.metric.overflow", "true"),
		       "k"),
		"");
	CHECK_INT(find_sample(s, "telemetry.dropped", "reason",
			      drop_reason_name(DROP_SERIES))
			  ->count,
		  30);
	teardown();
}

TEST(the_overflow_takes_no_texts)
{
	char text[64];
	int i;

	setup();
	define("counter(a.b.c, tags=[k], max_series=1)");
	for (i = 0; i < SYMBOLS_MAX + 100; i++) {
		snprintf(text, sizeof(text), "value number %d", i);
		emit_one("a.b", telemetry_i64("n", 1), "k", text);
	}
	CHECK_INT(drops(DROP_TEXT), 0);
	CHECK(symbol_intern("room", 4) != NULL);
	CHECK_INT(drops(DROP_SERIES), SYMBOLS_MAX + 99);
	teardown();
}

TEST(many_series)
{
	const struct telemetry_snapshot *s;
	char text[16];
	size_t j;
	int i;

	setup();
	define("distribution(a.b.n, tags=[k]); summary(sum, event=a.b, "
	       "measurement=n, tags=[k])");
	for (i = 0; i < 1500; i++) {
		snprintf(text, sizeof(text), "%d", i % 500);
		emit_one("a.b", telemetry_i64("n", i), "k", text);
	}
	s = view();
	for (j = 0; j < 2; j++)
		CHECK_INT(s->metrics[j].sample_count, 500);
	CHECK(find_sample(s, "a.b.n", "k", "77")->value == 77 + 577 + 1077);
	CHECK_INT(find_sample(s, "sum", "k", "499")->count, 3);
	CHECK_INT(drops(DROP_SERIES), 0);
	teardown();
}

static void *emit_in_thread(void *arg)
{
	int i;

	CHECK(thread_claim(&thread_self));
	for (i = 0; i < 10000; i++) {
		emit_one("a.b", telemetry_i64("n", i % 100), "k", arg);
		emit_one("a.b", telemetry_i64("n", i % 100), "k", "both");
	}
	thread_release(&thread_self);
	return NULL;
}

TEST(threads_add_up)
{
	static char names[4][4] = { "0", "1", "2", "3" };
	const struct telemetry_snapshot *s;
	pthread_t threads[4];
	int i;

	setup();
	define("sum(a.b.n, tags=[k]); summary(s, event=a.b, measurement=n, "
	       "tags=[k]); counter(c, event=a.b)");
	for (i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, emit_in_thread,
					 names[i]),
			  0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	s = view();
	CHECK_INT(find_sample(s, "c", "", "")->count, 80000);
	CHECK_INT(find_sample(s, "s", "k", "both")->count, 40000);
	CHECK(find_sample(s, "a.b.n", "k", "both")->value == 4 * 495000.0);
	CHECK(find_sample(s, "a.b.n", "k", "2")->value == 495000.0);
	CHECK_INT(find_metric(s, "a.b.n")->sample_count, 5);
	teardown();
}

static void after_fork(bool raw UNUSED)
{
	segment_after_fork();
	metric_after_fork();
}

static void child_of_fork(void)
{
	const struct telemetry_snapshot *s;

	CHECK(thread_claim(&thread_self));
	emit_one("a.b", telemetry_i64("n", 5), "k", "child");
	emit_one("a.b", telemetry_i64("n", -5), "k", "child");
	s = view();
	CHECK_INT(find_metric(s, "a.b.n")->sample_count, 1);
	CHECK_INT(find_sample(s, "a.b.n", "k", "child")->count, 2);
	CHECK_INT(find_sample(s, "c", "", "")->count, 2);
	/* The parent's series do not count towards the child's limit. */
	emit_one("a.b", telemetry_i64("n", 5), "k", "second");
	CHECK_INT(drops(DROP_SERIES), 0);
	_exit(0);
}

TEST(the_child_of_a_fork_begins_at_zero)
{
	int i, status;

	setup();
	thread_on_fork(after_fork);
	define("summary(a.b.n, tags=[k], max_series=2); counter(c, event=a.b)");
	emit_one("a.b", telemetry_i64("n", -1), "k", "parent");
	emit_one("a.b", telemetry_i64("n", 1), "k", "both");
	for (i = 0; i < 3; i++) {
		pid_t pid;

		thread_release(&thread_self);
		thread_before_fork();
		pid = fork();
		if (pid == 0) {
			thread_after_fork_child();
			child_of_fork();
		}
		thread_after_fork_parent();
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_INT(status, 0);
		CHECK(thread_claim(&thread_self));
	}
	emit_one("a.b", telemetry_i64("n", 1), "k", "both");
	CHECK_INT(find_sample(view(), "c", "", "")->count, 3);
	CHECK_INT(find_sample(view(), "a.b.n", "k", "both")->count, 2);
	teardown();
}

TEST(a_full_segment_is_counted)
{
	struct segment_options options = { .limit = 65536 };
	char text[16];
	int i;

	setup();
	segment_configure(&options);
	define("distribution(a.b.n, tags=[k])");
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		emit_one("a.b", telemetry_i64("n", i), "k", text);
	}
	CHECK(drops(DROP_MEMORY) > 100);
	CHECK_INT(find_metric(view(), "a.b.n")->sample_count +
			  drops(DROP_MEMORY),
		  1000);
	teardown();
}
