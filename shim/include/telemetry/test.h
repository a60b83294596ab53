/*
 * <telemetry/test.h> - what a program emits, caught for its own tests; C99 and
 * C++11, header only, nothing to link.
 *
 *   struct telemetry_capture *c =
 *           telemetry_capture_begin("shop.orders.placed shop.checkout");
 *   place_order(12.5);
 *   TELEMETRY_EXPECT(c, telemetry_capture_count(c, "shop.orders.placed") == 1);
 *   TELEMETRY_EXPECT(c, telemetry_capture_find(c, "shop.orders.placed",
 *                               TELEMETRY_F64("amount", 12.5)));
 *   TELEMETRY_EXPECT(c, telemetry_capture_wait(c, "shop.checkout.stop", 1, 10));
 *   telemetry_capture_end(c);
 *
 * The test runs with libtelemetry_shim.so preloaded.  Without it nothing can be
 * captured: telemetry_capture_begin() says so and ends the program with exit
 * status 77, which test runners take for "skipped".
 *
 * A capture may be used by any thread, in several files of a program; captures
 * do not see each other.  Not for signal handlers.
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

/* 1 with the shim, 0 without it or when it is switched off. */
static inline int telemetry_capture_possible(void)
{
	return telemetry_is_loaded() &&
	       telemetry_attach_many("telemetry-capture", NULL, 0,
				     telemetry_capture_handler, NULL,
				     NULL) == 0;
}

/*
 * Captures from now on what is executed under these names, with blanks or commas
 * between them: of events, or of spans, whose .start, .stop and .exception are
 * captured then.  Never NULL: ends the program with status 77 where nothing can
 * be captured (telemetry_capture_possible() asks), and aborts it if a name is
 * malformed or memory is short.  Ended by telemetry_capture_end().
 */
static inline struct telemetry_capture *
telemetry_capture_begin(const char *names)
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
		ret = telemetry_capture_attach(capture, names);
	}
	if (ret != 0) {
		fprintf(stderr, "cannot capture \"%s\": %s\n", names,
			strerror(-ret));
		abort();
	}
	return capture;
}

/* Stops capturing and frees what was; not inside a handler. */
static inline void telemetry_capture_end(struct telemetry_capture *capture)
{
	struct telemetry_captured *one, *next;

	if (telemetry_detach_wait(capture->id) != 0)
		abort();
	for (one = capture->first; one; one = next) {
		next = one->next;
		free(one);
	}
	pthread_mutex_destroy(&capture->lock);
	pthread_cond_destroy(&capture->more);
	free(capture);
}

/* The n-th event of this name, from 0, or NULL; event NULL: of any. */
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

/* The first event of this name that has the field among its measurements or
 * metadata, or NULL.  Numbers are equal whatever their types. */
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

/* Waits until there are so many events of this name: 1; or for about so many
 * seconds: 0. */
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

/* Prints what was captured. */
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

static inline void telemetry_capture_fail(struct telemetry_capture *capture,
					  const char *file, int line,
					  const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	telemetry_capture_print(capture);
	abort();
}

/* Like assert(), but says what was captured, and NDEBUG does not matter. */
#define TELEMETRY_EXPECT(capture, condition)                                   \
	((condition) ? (void)0                                                 \
		     : telemetry_capture_fail(capture, __FILE__, __LINE__,     \
					      #condition))

#ifdef __cplusplus
}
#pragma GCC diagnostic pop
#endif

#endif
