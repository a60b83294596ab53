/*
 * test_call.c - a site that cannot be armed: nobody is told of its calls, and
 * none of those that are under way is in trouble.  And a call that goes on where
 * it is nobody's business any more.
 */
#include "metric_fixture.h"

#include "wrap/brief.h"
#include "wrap/call.h"
#include "wrap/socket.h"

static struct wrap_site site = {
	.name = "late",
	.span = "late.call",
};

static struct wrap_site brief_site = {
	.name = "brief",
	.span = "late.brief",
};

#define WARM 50000000u

static void begin_test(struct wrap_site *which)
{
	uint64_t begun, now;

	which->state = &wrap_later;
	clock_init();
	setup();
	thread_release(&thread_self);
	/* As in test_span_brief.c: so that its span is a plain one. */
	begun = clock_ns();
	while (!clock_try(&now) && clock_ns() - begun < WARM)
		;
}

static void fill_tables(void)
{
	char name[32];
	int i;

	for (i = 0; i <= EVENTS_MAX; i++) {
		snprintf(name, sizeof(name), "filled.%d", i);
		if (!span_class_intern(name, strlen(name)))
			return;
	}
	CHECK(!"the tables are full");
}

static void fail_to_arm(struct wrap_site *which)
{
	CHECK(thread_claim(&thread_self));
	fill_tables();
	CHECK(!wrap_site_arm(which));
	CHECK(!wrap_wanted(which));
	thread_release(&thread_self);
}

/* Of a call that was wanted before. */
static void finish(struct wrap_call *call)
{
	struct telemetry_field m[SPAN_RESERVED], d[SPAN_RESERVED + 1];

	errno = 77;
	wrap_returned(call);
	d[SPAN_RESERVED] = field_symbol(&SYM_function, call->site->function);
	errno = 78;
	wrap_leave(call, NULL, m + SPAN_RESERVED, 0, d + SPAN_RESERVED, 1);
	CHECK_INT(errno, 77);
}

TEST(a_call_that_began_while_arming_failed)
{
	struct wrap_call call;
	int i;

	begin_test(&site);
	CHECK(wrap_wanted(&site));
	fail_to_arm(&site);
	/* The first one of the thread, and those that follow; one inside
	 * another. */
	for (i = 0; i < 3; i++) {
		struct wrap_call inner;

		if (!wrap_begin(&call, &site, FRAME(), NULL, 0))
			continue;
		if (wrap_begin(&inner, &site, FRAME(), NULL, 0))
			finish(&inner);
		finish(&call);
	}
	if (wrap_begin(&call, &site, FRAME(), NULL, 0))
		wrap_abandoned(&call);
	CHECK_INT(thread_self.owner->depth, 0);
}

TEST(a_brief_one)
{
	struct wrap_brief brief;
	struct wrap_call call;

	begin_test(&brief_site);
	CHECK(wrap_wanted(&brief_site));
	fail_to_arm(&brief_site);
	wrap_pass_brief(&brief_site);
	if (wrap_begin_brief(&brief, &brief_site, FRAME()) &&
	    !wrap_leave_brief(&brief)) {
		wrap_from_brief(&call, &brief);
		finish(&call);
	}
	CHECK_INT(thread_self.owner->depth, 0);
}

/* Where there is room again, as for a library that is loaded later. */
TEST(a_site_is_armed_at_last)
{
	struct wrap_call call;
	const struct telemetry_sample *s;

	begin_test(&site);
	api_set_state(API_ON);
	store_relaxed(&site.state, &wrap_disarmed);
	CHECK(thread_claim(&thread_self));
	CHECK(wrap_site_arm(&site));
	define("counter(late, span=late.call, tags=[function])");
	CHECK(wrap_wanted(&site));
	thread_release(&thread_self);
	CHECK(wrap_begin(&call, &site, FRAME(), NULL, 0));
	finish(&call);
	s = find_sample(view(), "late", "function", "late");
	CHECK(s && s->count == 1);
}

/* A connect that goes on after the call. */
static struct fd_entry *attempt(int fd)
{
	struct wrap_call call;
	struct fd_entry *e;

	fd_set_socket(fd, AF_INET, SOCK_STREAM);
	e = fd_known_socket(fd);
	CHECK(e && !socket_is_attempting(e));
	CHECK(wrap_begin(&call, &site, FRAME(), NULL, 0));
	wrap_returned(&call);
	CHECK(socket_attempt_begin(&call, fd, e));
	CHECK(socket_is_attempting(e));
	return e;
}

/* One child's child after another, until the generations begin anew. */
TEST(an_attempt_is_that_of_its_process)
{
	struct fd_entry *own, *other;
	const struct telemetry_sample *s;

	begin_test(&site);
	api_set_state(API_ON);
	CHECK(thread_claim(&thread_self));
	CHECK(wrap_site_arm(&site));
	define("counter(given.up, event=late.call.exception)");
	thread_release(&thread_self);
	own = attempt(5);
	socket_attempt_closed(5, own);
	s = find_sample(view(), "given.up", "", "");
	CHECK(s && s->count == 1);
	own = attempt(5);
	other = attempt(2000);
	CHECK(fd_count(own));
	CHECK_INT(fd_generation, 1);
	fd_generation = UINT16_MAX;
	fd_after_fork();
	CHECK_INT(fd_generation, 1);
	socket_attempt_closed(5, own);
	socket_attempt_closed(2000, other);
	CHECK(!fd_uncount(own));
	s = find_sample(view(), "given.up", "", "");
	CHECK(s && s->count == 1);
}
