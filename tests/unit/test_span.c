/* test_span.c - the stack of open spans of a thread, as wrappers use it. */
#include "event_fixture.h"

#include <pthread.h>

static struct span_class *class;
static char story[256];
static uint64_t last_id, last_parent;

static void tell(const struct occurrence *o, void *config)
{
	const struct telemetry_value *kind =
		telemetry_get(&o->metadata, "kind");

	(void)config;
	strcat(story, o->event == class->start	? "start "
		      : o->event == class->stop ? "stop "
						: "exception ");
	if (kind)
		strncat(story, kind->as.string, kind->length),
			strcat(story, " ");
	last_id = o->span_id;
	last_parent = o->parent_span_id;
}

static void listen_to_ends(void)
{
	setup();
	class = class_of("op");
	CHECK(!event_subscribe(class->stop, tell, NULL, 0));
	CHECK(!event_subscribe(class->exception, tell, NULL, 0));
}

static void open(struct span *span, void *frame)
{
	span_open(span, class, frame, LIBRARY_LIBC, NULL, 0);
}

static void close_span(struct span *span)
{
	struct telemetry_field m[SPAN_RESERVED], d[SPAN_RESERVED];

	span_close(span, NULL, m + SPAN_RESERVED, 0, d + SPAN_RESERVED, 0,
		   true);
}

TEST(nests)
{
	struct span a, b;

	listen_to_ends();
	open(&a, (char *)FRAME() + 32);
	open(&b, (char *)FRAME() + 16);
	CHECK(b.parent == a.id && a.parent == 0 && a.id != b.id);
	close_span(&b);
	CHECK(last_id == b.id && last_parent == a.id);
	close_span(&a);
	close_span(&a);
	CHECK_STR(story, "stop stop ");
	CHECK_INT(thread_self.owner->depth, 0);
}

/* Frames below the one that looks are gone.  Well below: a compiler may look from
 * a part of the test that it has made a function of. */
static NOINLINE void open_and_leave(void)
{
	struct span span;

	open(&span, (char *)FRAME() - 1024);
}

TEST(a_left_frame_ends_its_span)
{
	struct span next;

	listen_to_ends();
	open_and_leave();
	CHECK_STR(story, "");
	open(&next, (char *)FRAME() + 16);
	CHECK_STR(story, "exception unwind ");
	CHECK_INT(next.parent, 0);
	close_span(&next);
}

static NOINLINE void outer_leaves_first(void)
{
	struct span outer, inner;

	open(&outer, (char *)FRAME() + 32);
	open(&inner, (char *)FRAME() + 16);
	close_span(&outer);
	CHECK_STR(story, "exception unwind stop ");
	close_span(&inner);
}

TEST(what_a_leaving_call_contains_ends_first)
{
	listen_to_ends();
	outer_leaves_first();
	CHECK_STR(story, "exception unwind stop ");
	CHECK_INT(thread_self.owner->depth, 0);
}

/* What a callback began may go on after the call that called back. */
TEST(a_leaving_call_does_not_end_program_spans)
{
	struct span call, program;
	static char heap_like;

	listen_to_ends();
	open(&call, (char *)FRAME() + 16);
	span_open_program(&program, class, &heap_like, 0, 0, NULL, 0);
	close_span(&call);
	CHECK_STR(story, "stop ");
	CHECK(span_current(&thread_self, FRAME())->id == program.id);
	close_span(&program);
	CHECK_STR(story, "stop stop ");
}

/* A callback inside a call ends a span of the program that began before it. */
TEST(a_program_span_does_not_end_calls)
{
	struct span program, call;
	static char heap_like;

	listen_to_ends();
	span_open_program(&program, class, &heap_like, 0, 0, NULL, 0);
	open(&call, (char *)FRAME() + 16);
	close_span(&program);
	CHECK_STR(story, "stop ");
	CHECK(span_current(&thread_self, FRAME())->id == call.id);
	close_span(&call);
	CHECK_STR(story, "stop stop ");
	CHECK(!span_current(&thread_self, FRAME()));
	CHECK_INT(thread_self.owner->depth, 0);
}

TEST(all_end_with_the_thread)
{
	struct span a, b;

	listen_to_ends();
	open(&a, (char *)FRAME() + 32);
	span_open_program(&b, class, &b, 7, 8, NULL, 0);
	CHECK(b.id == 7 && b.parent == 8);
	span_close_all(&thread_self, &SYM_kind_exit);
	CHECK_STR(story, "exception exit exception exit ");
	close_span(&a);
	close_span(&b);
	CHECK_STR(story, "exception exit exception exit ");
}

TEST(too_deep)
{
	struct span spans[THREAD_SPANS + 2];
	int i;

	listen_to_ends();
	for (i = 0; i < THREAD_SPANS + 2; i++)
		open(&spans[i], (char *)FRAME() + 16 * (THREAD_SPANS + 2 - i));
	CHECK_INT(dropped(DROP_DEPTH), 2);
	CHECK_INT(spans[THREAD_SPANS].slot, 0);
	story[0] = '\0';
	for (i = THREAD_SPANS + 2; i-- > 0;) {
		close_span(&spans[i]);
		CHECK(last_id == spans[i].id);
		story[0] = '\0';
	}
	CHECK_INT(thread_self.owner->depth, 0);
}

TEST(a_detached_span_is_ended_by_anybody)
{
	struct span span, next;

	listen_to_ends();
	open(&span, FRAME());
	span_detach(&span);
	open(&next, (char *)FRAME() + 16);
	CHECK_INT(next.parent, 0);
	close_span(&next);
	close_span(&span);
	CHECK_STR(story, "stop stop ");
}

static struct telemetry_field nothing[2 * SPAN_RESERVED];

static void *close_elsewhere(void *arg)
{
	CHECK(thread_claim(&thread_self));
	span_close(arg, NULL, nothing + SPAN_RESERVED, 0,
		   nothing + 2 * SPAN_RESERVED, 0, true);
	thread_release(&thread_self);
	return NULL;
}

TEST(another_thread_ends_it)
{
	static char heap_like;
	struct span span, next;
	pthread_t thread;

	listen_to_ends();
	span_open_program(&span, class, &heap_like, 0, 0, NULL, 0);
	CHECK(!pthread_create(&thread, NULL, close_elsewhere, &span));
	pthread_join(thread, NULL);
	CHECK_STR(story, "stop ");
	open(&next, (char *)FRAME() + 16);
	CHECK_INT(next.parent, 0);
	close_span(&next);
	CHECK_STR(story, "stop stop ");
	CHECK_INT(thread_self.owner->depth, 0);
}

static struct span reopened;

static void reopen(const struct occurrence *o, void *config)
{
	static bool done;

	(void)o, (void)config;
	if (!done) {
		done = true;
		span_open_program(&reopened, class, &reopened, 0, 0, NULL, 0);
	}
}

/* A handler of the exception begins a span where the dead one stood. */
TEST(the_place_of_an_abandoned_span_is_free)
{
	setup();
	class = class_of("op");
	CHECK(!event_subscribe(class->exception, reopen, NULL, 0));
	open_and_leave();
	CHECK(span_current(&thread_self, FRAME())->id == reopened.id);
	CHECK(!event_subscribe(class->stop, tell, NULL, 0));
	close_span(&reopened);
	CHECK_STR(story, "stop ");
}

TEST(ids_do_not_come_again)
{
	struct owner *owner;
	struct span a, b;

	listen_to_ends();
	owner = thread_self.owner;
	open(&a, (char *)FRAME() + 16);
	close_span(&a);
	/* As in the child of a fork, or another owner of the same thread id. */
	owner->span_ids = 0;
	open(&b, (char *)FRAME() + 16);
	CHECK(b.id != a.id);
}
