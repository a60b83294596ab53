/*
 * test_recorder.c - which events the recorder subscribes to, and the way of an
 * occurrence from its event to the ring.
 */
#include "ring_fixture.h"

static bool is_recorded(const char *name)
{
	struct event *event = event_intern(name, strlen(name));

	CHECK(event);
	return event_wanted(event);
}

static bool span_is_recorded(const char *name)
{
	struct span_class *span = span_class_intern(name, strlen(name));

	CHECK(span);
	CHECK(!event_wanted(span->start));
	CHECK_INT(event_wanted(span->stop), event_wanted(span->exception));
	return event_wanted(span->stop);
}

TEST(a_star_takes_all_but_what_is_removed)
{
	char patterns[] = "*,-libc.heap.*";

	setup();
	recorder_start(patterns);
	/* The text is not needed any more. */
	memset(patterns, 'x', sizeof(patterns) - 1);
	CHECK(span_is_recorded("shop.query"));
	CHECK(is_recorded("shop.opened"));
	CHECK(span_is_recorded("libc.socket.send"));
	CHECK(!span_is_recorded("libc.heap.malloc"));
	CHECK(!is_recorded("libc.heap.exhausted"));
	CHECK_INT(query->stop->needs, NEED_TIME | NEED_METADATA | NEED_VALUES);
}

TEST(the_last_glob_that_matches_decides)
{
	setup();
	recorder_start(" a.*, -a.b.*,,a.b.c.* ,-,d.*.f,-x");
	CHECK(is_recorded("a.x"));
	CHECK(!is_recorded("a.b.x"));
	CHECK(is_recorded("a.b.c.x"));
	CHECK(!is_recorded("b.a.x"));
	CHECK(!is_recorded("a"));
	CHECK(is_recorded("d.e.f"));
	CHECK(is_recorded("d.f.f.f"));
	CHECK(!is_recorded("d.f"));
	CHECK(!is_recorded("d.e.f.g"));
	CHECK(!is_recorded("x"));
}

TEST(a_span_goes_by_its_name_or_by_its_ends)
{
	setup();
	recorder_start("a.load,b.load.exception,c.load.start");
	CHECK(span_is_recorded("a.load"));
	CHECK(!is_recorded("a.load.more"));
	CHECK(!is_recorded("b.load.stop"));
	CHECK(is_recorded("b.load.exception"));
	CHECK(!span_is_recorded("c.load"));
}

TEST(globs_need_all_of_the_text)
{
	setup();
	recorder_start("*a*b,c**d*,e");
	CHECK(is_recorded("ab"));
	CHECK(is_recorded("xaxxab.ab"));
	CHECK(!is_recorded("aba"));
	CHECK(is_recorded("cd"));
	CHECK(is_recorded("c.d.e"));
	CHECK(!is_recorded("xcd"));
	CHECK(!is_recorded("ee"));
}

TEST(no_pattern_records_nothing)
{
	setup();
	recorder_start("");
	CHECK(!is_recorded("a"));
	CHECK(!span_is_recorded("shop.query"));
}

static void dispatch(struct event *event)
{
	struct telemetry_field m[] = { field_i64(&SYM_rows, 3) };
	struct occurrence o = {
		.event = event,
		.measurements = { m, 1 },
		.interned_keys = true,
		.time = 50,
	};

	event_dispatch(&o);
}

TEST(a_dispatched_event_is_in_the_ring)
{
	setup();
	recorder_start("shop.*");
	dispatch(query->stop);
	dispatch(event_intern("other", 5));
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 1);
	CHECK_INT(last.kind, TELEMETRY_RECORD_STOP);
	CHECK_INT(last.start, 50);
	CHECK_INT(last.slots[0].value, 3);
}

TEST(a_start_named_before_its_span_is_not_recorded)
{
	struct span_class *later;
	struct event *start, *stop;

	setup();
	recorder_start("*");
	start = event_intern("later.start", 11);
	stop = event_intern("later.stop", 10);
	later = span_class_intern("later", 5);
	CHECK(later->start == start);
	dispatch(start);
	dispatch(stop);
	CHECK_INT(read_ring(), 0);
	CHECK_INT(read_count, 1);
	CHECK_INT(last.kind, TELEMETRY_RECORD_STOP);
}

TEST(a_forked_child_records_into_a_ring_of_its_own)
{
	void *recorder;
	int status;
	pid_t pid;

	setup();
	recorder_start("*");
	dispatch(query->stop);
	recorder = thread_self.owner->recorder;
	pid = fork();
	if (pid == 0) {
		segment_after_fork();
		CHECK(thread_setup(&thread_self));
		/* As if the owner's pages had not been wiped. */
		thread_self.owner->recorder = recorder;
		recorder_after_fork();
		segment_forget_parent();
		dispatch(query->exception);
		dispatch(query->exception);
		CHECK_INT(read_ring(), 0);
		CHECK_INT(read_count, 2);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	CHECK_INT(ring_of(&thread_self)->head, 1);
}
