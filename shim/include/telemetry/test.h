/*
 * <telemetry/test.h> - what a program emits, caught for its own tests; C99 and
 * C++11, header only, nothing to link.
 *
 *   struct telemetry_capture *c =
 *           telemetry_capture_begin("shop.orders.placed shop.checkout");
 *   place_order(12.5);
 *   TELEMETRY_EXPECT_COUNT(c, "shop.orders.placed", 1);
 *   TELEMETRY_EXPECT_FIELD(c, "shop.orders.placed",
 *                          TELEMETRY_F64("amount", 12.5));
 *   TELEMETRY_EXPECT_WAIT(c, "shop.checkout.stop", 1, 10);
 *   telemetry_capture_end(c);
 *
 * The test runs with libtelemetry_shim.so preloaded.  Without it nothing can be
 * captured: telemetry_capture_begin() says so and ends the program with exit
 * status 77, which test runners take for "skipped".
 *
 * A capture may be used by any thread, in several files of a program; captures
 * do not see each other.  Not for signal handlers, nor for handlers, except
 * those functions that look.  In the child of a fork a capture goes on with
 * what it had, if no other thread was at work in it.
 *
 * Where an event is named, NULL is any, and "shop.*" is every one below shop.
 *
 * What was expected in vain is printed to stderr with all that was captured;
 * then the program is aborted.  A framework that goes on with the next test is
 * told before the header is included; cmocka's way is
 *
 *   #define TELEMETRY_FAILED(file, line) _fail(file, line)
 */
#ifndef TELEMETRY_TEST_H
#define TELEMETRY_TEST_H

#include <telemetry/capture.h>

#include <time.h>

#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

#define TELEMETRY_CAPTURE_SKIP 77

#ifndef TELEMETRY_FAILED
#define TELEMETRY_FAILED(file, line) abort()
#endif

/*
 * 1 with the shim, 0 without it or when it is switched off.
 * Owns:    nothing.
 * Threads: any.
 * From:    handlers, constructors; not signal handlers.
 * Units:   none.
 * Errors:  0.
 */
static inline int telemetry_capture_possible(void)
{
	return telemetry_is_loaded() &&
	       telemetry_attach_many("telemetry-capture", NULL, 0,
				     telemetry_capture_handler, NULL,
				     NULL) == 0;
}

/* Behind the two below. */
static inline struct telemetry_capture *
telemetry_capture_start(const char *names, int is_of_thread)
{
	struct telemetry_capture *capture;
	int ret = -ENOMEM;

	if (!telemetry_capture_possible()) {
		fprintf(stderr, "skipped: nothing can be captured without "
				"libtelemetry_shim.so preloaded\n");
		exit(TELEMETRY_CAPTURE_SKIP);
	}
	capture = (struct telemetry_capture *)calloc(1, sizeof(*capture));
	if (capture) {
		snprintf(capture->id, sizeof(capture->id),
			 "telemetry-capture-%p", (void *)capture);
		pthread_mutex_init(&capture->lock, NULL);
		pthread_cond_init(&capture->more, NULL);
		capture->last = &capture->first;
		capture->is_of_thread = is_of_thread;
		capture->thread = pthread_self();
		ret = telemetry_capture_attach(capture, names);
	}
	if (ret != 0) {
		fprintf(stderr, "cannot capture \"%s\": %s\n", names,
			strerror(-ret));
		abort();
	}
	return capture;
}

/*
 * Captures from now on what is executed under these names, with blanks or
 * commas between them: of events, or of spans, whose .start, .stop and
 * .exception are captured then; by any thread.  Never NULL: ends the program
 * with status 77 where nothing can be captured (telemetry_capture_possible()
 * asks), aborts it if a name is malformed or memory is short.  Ended by
 * telemetry_capture_end().
 * Owns:    the capture, which is the caller's to end; names are borrowed.
 * Threads: any.
 * From:    constructors, after the shim's; not handlers, not signal handlers.
 * Units:   none.
 * Errors:  does not return, see above.
 */
static inline struct telemetry_capture *
telemetry_capture_begin(const char *names)
{
	return telemetry_capture_start(names, 0);
}

/*
 * The same of what this thread executes, and no other: for tests that run side
 * by side in one process.
 * Owns:    as telemetry_capture_begin().
 * Threads: the one whose events are meant.
 * From:    constructors, after the shim's; not handlers, not signal handlers.
 * Units:   none.
 * Errors:  does not return.
 */
static inline struct telemetry_capture *
telemetry_capture_begin_thread(const char *names)
{
	return telemetry_capture_start(names, 1);
}

/*
 * Forgets what was captured so far, and frees it; goes on capturing.
 * Owns:    nothing; what was got from the capture is freed.
 * Threads: any, while no other uses what it got.
 * From:    handlers, constructors; not signal handlers.
 * Units:   none.
 * Errors:  none.
 */
static inline void telemetry_capture_clear(struct telemetry_capture *capture)
{
	struct telemetry_captured *one, *next;

	pthread_mutex_lock(&capture->lock);
	one = capture->first;
	capture->first = NULL;
	capture->last = &capture->first;
	capture->lost = 0;
	pthread_mutex_unlock(&capture->lock);
	for (; one; one = next) {
		next = one->next;
		free(one);
	}
}

/*
 * Stops capturing and frees what was; not inside a handler.
 * Owns:    nothing; the capture is freed.
 * Threads: any, while no other uses the capture.
 * From:    constructors, after the shim's; not handlers, not signal handlers.
 * Units:   none.
 * Errors:  none; inside a handler it aborts.
 */
static inline void telemetry_capture_end(struct telemetry_capture *capture)
{
	if (telemetry_detach_wait(capture->id) != 0)
		abort();
	telemetry_capture_clear(capture);
	pthread_mutex_destroy(&capture->lock);
	pthread_cond_destroy(&capture->more);
	free(capture);
}

/*
 * The n-th event of this name, from 0, or NULL; event NULL: of any.
 * Owns:    nothing; the event is the capture's until it is cleared or ended.
 * Threads: any, several at once.
 * From:    handlers, constructors; not signal handlers.
 * Units:   as the event has them.
 * Errors:  NULL; 0 of telemetry_capture_count().
 */
static inline const struct telemetry_captured *
telemetry_capture_get(struct telemetry_capture *capture, const char *event,
		      size_t n)
{
	const struct telemetry_captured *one;

	pthread_mutex_lock(&capture->lock);
	for (one = capture->first; one; one = one->next)
		if (telemetry_capture_is(one, event) && n-- == 0)
			break;
	pthread_mutex_unlock(&capture->lock);
	return one;
}

static inline size_t telemetry_capture_count(struct telemetry_capture *capture,
					     const char *event)
{
	size_t count;

	pthread_mutex_lock(&capture->lock);
	count = telemetry_capture_locked(capture, event);
	pthread_mutex_unlock(&capture->lock);
	return count;
}

/*
 * The first event of this name that has the field among its measurements or
 * metadata, or NULL.  Numbers are equal whatever their types.
 * Owns:    nothing; the event is the capture's until it is cleared or ended.
 * Threads: any, several at once.
 * From:    handlers, constructors; not signal handlers.
 * Units:   as the event has them.
 * Errors:  NULL.
 */
static inline const struct telemetry_captured *
telemetry_capture_find(struct telemetry_capture *capture, const char *event,
		       struct telemetry_field field)
{
	const struct telemetry_captured *one;
	const struct telemetry_value *m, *d;

	pthread_mutex_lock(&capture->lock);
	for (one = capture->first; one; one = one->next) {
		if (!telemetry_capture_is(one, event))
			continue;
		m = telemetry_get(&one->measurements, field.key);
		d = telemetry_get(&one->metadata, field.key);
		if ((m && telemetry_capture_equal(m, &field.value)) ||
		    (d && telemetry_capture_equal(d, &field.value)))
			break;
	}
	pthread_mutex_unlock(&capture->lock);
	return one;
}

/*
 * Waits until there are so many events of this name: 1; or for about so many
 * seconds: 0.
 * Owns:    nothing.
 * Threads: any, several at once.
 * From:    constructors; not a handler of the event it waits for, not a
 *          signal handler.
 * Units:   seconds.
 * Errors:  0.
 */
static inline int telemetry_capture_wait(struct telemetry_capture *capture,
					 const char *event, size_t count,
					 unsigned int seconds)
{
	struct timespec end;
	int late = 0;

	end.tv_sec = time(NULL) + (time_t)seconds + 1;
	end.tv_nsec = 0;
	pthread_mutex_lock(&capture->lock);
	while (telemetry_capture_locked(capture, event) < count && !late)
		late = pthread_cond_timedwait(&capture->more, &capture->lock,
					      &end);
	late = telemetry_capture_locked(capture, event) < count;
	pthread_mutex_unlock(&capture->lock);
	return !late;
}

/*
 * Prints what was captured.
 * Owns:    nothing.
 * Threads: any, several at once.
 * From:    handlers, constructors; not signal handlers.
 * Units:   as the events have them.
 * Errors:  none; to stderr.
 */
static inline void telemetry_capture_print(struct telemetry_capture *capture)
{
	const struct telemetry_captured *one;

	pthread_mutex_lock(&capture->lock);
	fprintf(stderr, "captured%s\n", capture->first ? ":" : " nothing");
	for (one = capture->first; one; one = one->next) {
		fprintf(stderr, "  %s", one->event);
		telemetry_capture_show(&one->measurements);
		fputs(" |", stderr);
		telemetry_capture_show(&one->metadata);
		fputc('\n', stderr);
	}
	if (capture->lost)
		fprintf(stderr, "  and %lu for which there was no memory\n",
			(unsigned long)capture->lost);
	pthread_mutex_unlock(&capture->lock);
}

/* Behind the macros: 0, and says so, if it does not hold. */
static inline int telemetry_capture_holds(struct telemetry_capture *capture,
					  const char *file, int line, int holds,
					  const char *what)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
		telemetry_capture_print(capture);
	}
	return holds;
}

/* Behind them, too.  seconds 0: so many and no more, now; else at least so
 * many, in time. */
static inline int telemetry_capture_counts(struct telemetry_capture *capture,
					   const char *file, int line,
					   const char *event, size_t count,
					   unsigned int seconds)
{
	char what[TELEMETRY_NAME_MAX + 100];

	snprintf(what, sizeof(what), "%s%.*s captured %lu times%s",
		 seconds ? "in time " : "", TELEMETRY_NAME_MAX,
		 event ? event : "something", (unsigned long)count,
		 seconds ? " or more" : "");
	return telemetry_capture_holds(
		capture, file, line,
		seconds ? telemetry_capture_wait(capture, event, count, seconds)
			: telemetry_capture_count(capture, event) == count,
		what);
}

static inline int telemetry_capture_has(struct telemetry_capture *capture,
					const char *file, int line,
					const char *event,
					struct telemetry_field field)
{
	if (telemetry_capture_find(capture, event, field))
		return 1;
	fprintf(stderr, "%s:%d: not so: %s with", file, line,
		event ? event : "something");
	telemetry_capture_show_field(field);
	fputc('\n', stderr);
	telemetry_capture_print(capture);
	return 0;
}

/*
 * Like assert(), but say what was captured, and NDEBUG does not matter.
 * Owns:    nothing.
 * Threads: any, several at once.
 * From:    constructors; not handlers, not signal handlers.
 * Units:   seconds.
 * Errors:  TELEMETRY_FAILED(), see the top.
 */
#define TELEMETRY_EXPECT_THAT(holds)                                           \
	((holds) ? (void)0 : TELEMETRY_FAILED(__FILE__, __LINE__))
/* Any condition. */
#define TELEMETRY_EXPECT(capture, condition)                                   \
	TELEMETRY_EXPECT_THAT(telemetry_capture_holds(                         \
		capture, __FILE__, __LINE__, !!(condition), #condition))
/* This event so many times, no more and no less. */
#define TELEMETRY_EXPECT_COUNT(capture, event, count)                          \
	TELEMETRY_EXPECT_THAT(telemetry_capture_counts(                        \
		capture, __FILE__, __LINE__, event, count, 0))
/* At least so many within so many seconds, 1 or more. */
#define TELEMETRY_EXPECT_WAIT(capture, event, count, seconds)                  \
	TELEMETRY_EXPECT_THAT(telemetry_capture_counts(                        \
		capture, __FILE__, __LINE__, event, count, seconds))
/* One of this event with the field, TELEMETRY_STR("key", "value"). */
#define TELEMETRY_EXPECT_FIELD(capture, event, ...)                            \
	TELEMETRY_EXPECT_THAT(telemetry_capture_has(                           \
		capture, __FILE__, __LINE__, event, __VA_ARGS__))

#ifdef __cplusplus
}
#pragma GCC diagnostic pop
#endif

#endif
