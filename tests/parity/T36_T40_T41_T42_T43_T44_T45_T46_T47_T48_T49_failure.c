/*
 * T40-T49, T36: a handler that returns anything but 0 is detached from all its
 * events, then telemetry.handler.failure is executed, then a line is logged,
 * then the remaining handlers run.
 *
 * env: TELEMETRY_LOG_FILE=failures.log
 */
#include "parity.h"

/* AddressSanitizer has to be told of a call that does not return; it sees
 * pthread_exit() by itself, but not a cancellation. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define __asan_handle_no_return()
#endif

#define THREADS 8

static struct seen failures, healthy;
static int five = 5, minus = -7;
static char order[64];
static pthread_barrier_t all;
static unsigned long reports;

static int note(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata;
	strcat(order, arg);
	strcat(order, listed("t45") == 1 ? "-" : "+");
	strcat(order, access("failures.log", F_OK) ? " " : "logged ");
	return 0;
}

static void one_failure(void)
{
	see_event("failures", "telemetry.handler.failure", &failures);
	CHECK(telemetry_attach("t40", "t40.e", fail_with, &five) == 0);
	see_event("t44", "t40.e", &healthy); /* T44 */
	CHECK(execute("t40.e") == 0);	     /* T47 */
	CHECK(failures.count == 1 && healthy.count == 1);
	/* T41, T42 */
	CHECK_SEEN(&failures, 0,
		   "telemetry.handler.failure{monotonic_time=?,system_time=?}"
		   "{event_name=t40.e,handler_id=t40,handler_config=pointer,"
		   "kind=error,reason=5,stacktrace=?}");
	CHECK_SEEN(&healthy, 0, "t40.e{}{}");
	CHECK(listed("t40") == 1);			     /* T40 */
	CHECK(execute("t40.e") == 0 && failures.count == 1); /* T48 */
	CHECK(telemetry_attach("t40", "t40.e", fail_with, &minus) == 0);
	CHECK(execute("t40.e") == 0 && failures.count == 2);
	CHECK(strstr(failures.text[1], "kind=error,reason=-7,"));
}

/* T43 */
static void on_all_events(void)
{
	const char *three[] = { "t43.a", "t43.b", "t43.c" };

	CHECK(telemetry_attach_many("t43", three, 3, fail_with, &five, NULL) ==
	      0);
	CHECK(listed("t43") == 3);
	CHECK(execute("t43.b") == 0 && listed("t43") == 0);
}

/* T45 */
static void in_order(void)
{
	unlink("failures.log");
	CHECK(!telemetry_attach("t45.f", "telemetry.handler.failure", note,
				"event"));
	CHECK(!telemetry_attach("t45.a", "t45.e", fail_with, &five));
	CHECK(!telemetry_attach("t45.b", "t45.e", note, "next"));
	CHECK(execute("t45.e") == 0);
	CHECK(!strcmp(order, "event- next-logged "));
	CHECK(!telemetry_detach("t45.f"));
}

/* T46: the bad one first, so that its own failure reaches the healthy one
 * before the one that it was told of. */
static void failing_failure_handlers(void)
{
	struct telemetry_attach_options keep = { .struct_size = sizeof(keep),
						 .policy = TELEMETRY_KEEP };
	const char *name[] = { "telemetry.handler.failure" };

	CHECK(!telemetry_detach("failures"));
	CHECK(!telemetry_attach("t46.bad", name[0], fail_with, &five));
	see_event("failures", name[0], &failures);
	CHECK(!telemetry_attach("t46", "t46.e", fail_with, &five));
	failures.count = 0;
	CHECK(execute("t46.e") == 0 && failures.count == 2);
	CHECK(strstr(failures.text[0], "handler_id=t46.bad"));
	CHECK(strstr(failures.text[1], "handler_id=t46,"));
	CHECK(listed("t46") == 0 && listed(name[0]) == 1);
	/* One that is kept would be told of itself for ever. */
	CHECK(!telemetry_attach_many("t46.kept", name, 1, fail_with, &five,
				     &keep));
	CHECK(!telemetry_attach_many("t46.too", name, 1, fail_with, &five,
				     &keep));
	CHECK(!telemetry_attach("t46", "t46.e", fail_with, &five));
	failures.count = 0;
	CHECK(execute("t46.e") == 0 && failures.count == 1);
	CHECK(listed(name[0]) == 3);
	CHECK(!telemetry_detach("t46.kept") && !telemetry_detach("t46.too"));
}

static void kept(void)
{
	struct telemetry_attach_options keep = { .struct_size = sizeof(keep),
						 .policy = TELEMETRY_KEEP };
	const char *name[] = { "kept.e" };

	CHECK(!telemetry_attach_many("kept", name, 1, fail_with, &five, &keep));
	failures.count = 0;
	CHECK(!execute("kept.e") && !execute("kept.e") && failures.count == 2);
	CHECK(listed("kept") == 1 && !telemetry_detach("kept"));
}

static int detach_and_fail(const char *event, const struct telemetry_fields *m,
			   const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata;
	CHECK(telemetry_detach(arg) == 0);
	return 1;
}

static int count_reports(const char *event, const struct telemetry_fields *m,
			 const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
	return 0;
}

static int fail_together(const char *event, const struct telemetry_fields *m,
			 const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	pthread_barrier_wait(&all);
	return 1;
}

static void *execute_once(void *arg)
{
	CHECK(execute("t49.e") == 0);
	return arg;
}

/* T49 */
static void at_once(void)
{
	pthread_t threads[THREADS];
	int i;

	CHECK(!telemetry_detach("failures"));
	CHECK(!telemetry_attach("counts", "telemetry.handler.failure",
				count_reports, NULL));
	CHECK(!telemetry_attach("t49", "t49.e", fail_together, NULL));
	pthread_barrier_init(&all, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, execute_once, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(reports == 1 && listed("t49") == 0);
}

static int quit(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata;
	if (arg) {
		pthread_cancel(pthread_self());
		__asan_handle_no_return();
		pthread_testcancel();
	}
	pthread_exit(NULL);
}

static void *execute_and_quit(void *arg)
{
	CHECK(execute("t42.e") == 0);
	return arg;
}

/* T42: a thread that ends inside a handler is no failure of the handler, and
 * nobody waits for it. */
static void thread_ends_inside(void *is_cancelled)
{
	pthread_t thread;
	void *result;

	failures.count = 0;
	CHECK(!telemetry_attach("t42", "t42.e", quit, is_cancelled));
	CHECK(!pthread_create(&thread, NULL, execute_and_quit, &five));
	CHECK(!pthread_join(thread, &result) &&
	      result == (is_cancelled ? PTHREAD_CANCELED : NULL));
	CHECK(listed("t42") == 1 && failures.count == 0);
	CHECK(!telemetry_detach_wait("t42"));
	CHECK(execute("t42.e") == 0);
}

static void parity(void)
{
	one_failure();
	thread_ends_inside(NULL);
	thread_ends_inside(&five);
	on_all_events();
	in_order();
	failing_failure_handlers();
	kept();
	/* Detached by itself, and then it failed: reported all the same. */
	failures.count = 0;
	CHECK(!telemetry_attach("self", "self.e", detach_and_fail, "self"));
	CHECK(!execute("self.e") && failures.count == 1 && !listed("self"));
	at_once();
	unlink("failures.log");
}
