/*
 * T20, T22-T29, T31-T33, T37: who is called, with what, in which thread; a dispatch is a snapshot.
 */
#include "parity.h"

static struct seen seen;
static pthread_t caller;
static int config;

static int note_thread(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *metadata, void *arg)
{
	(void)event;
	CHECK(arg == &config);
	CHECK(m && m->count == 0 && metadata && metadata->count == 0);
	caller = pthread_self();
	return 0;
}

static int detach_b(const char *event, const struct telemetry_fields *m,
		    const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	telemetry_detach("t32.b");
	return 0;
}

static int attach_another(const char *event, const struct telemetry_fields *m,
			  const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata;
	telemetry_attach("t33.b", "t33.e", see, arg);
	return 0;
}

/* Passes on what it was given, of a wrapped call too. */
static int forward(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)arg;
	return telemetry_execute("forwarded", m->items, m->count,
				 metadata->items, metadata->count);
}

static void called_with(void)
{
	struct telemetry_field m[] = { TELEMETRY_F64("amount", 12.5),
				       TELEMETRY_I64("n", -3) };
	struct telemetry_field md[] = { TELEMETRY_STR("reason", "sold out"),
					TELEMETRY_BOOLEAN("again", 5),
					TELEMETRY_STR("nothing", NULL) };
	const char *three[] = { "t24.a", "t24.b", "t24.c" };

	see_event("t20", "a.test.event", &seen);
	CHECK(telemetry_execute("a.test.event", m, 2, md, 3) == 0);
	CHECK(seen.count == 1 && seen.config == &seen);
	CHECK_SEEN(&seen, 0,
		   "a.test.event{amount=12.5,n=-3}"
		   "{reason=sold out,again=true,nothing=null}");
	/* T22, T23 */
	CHECK(execute("a.test") == 0 && execute("a.test.event.specific") == 0);
	CHECK(execute("a") == 0 && seen.count == 1);
	/* T24, T25 */
	CHECK(telemetry_attach_many("t24", three, 3, see, &seen, NULL) == 0);
	CHECK(!execute("t24.c") && !execute("t24.a") && !execute("t24.b"));
	CHECK_SEEN(&seen, 1, "t24.c{}{}");
	CHECK_SEEN(&seen, 2, "t24.a{}{}");
	CHECK_SEEN(&seen, 3, "t24.b{}{}");
}

/* T27, T28, T29 */
static void refused(void)
{
	struct telemetry_field many[TELEMETRY_FIELDS_MAX + 1], bad;
	size_t i;

	for (i = 0; i < TELEMETRY_FIELDS_MAX + 1; i++)
		many[i] = TELEMETRY_I64("k", 1);
	seen.count = 0;
	CHECK(telemetry_execute("a.test.event", many, 33, NULL, 0) == -EINVAL);
	CHECK(telemetry_execute("a.test.event", NULL, 0, many, 33) == -EINVAL);
	CHECK(telemetry_execute("a.test.event", NULL, 1, NULL, 0) == -EINVAL);
	bad = many[0];
	bad.key = NULL;
	CHECK(telemetry_execute("a.test.event", &bad, 1, NULL, 0) == -EINVAL);
	bad = many[0];
	bad.value.type = 99;
	CHECK(telemetry_execute("a.test.event", &bad, 1, NULL, 0) == -EINVAL);
	bad = TELEMETRY_STR("k", "text");
	bad.value.as.string = NULL;
	CHECK(telemetry_execute("a.test.event", &bad, 1, NULL, 0) == -EINVAL);
	CHECK(telemetry_execute(NULL, NULL, 0, NULL, 0) == -EINVAL);
	CHECK(execute("") == -EINVAL && execute("a..b") == -EINVAL);
	CHECK(execute("a.test.*") == -EINVAL);
	CHECK(seen.count == 0);
	CHECK(telemetry_execute("a.test.event", many, 32, many, 32) == 0);
	CHECK(seen.count == 1);
}

/* T32, T33 */
static void snapshots(void)
{
	CHECK(telemetry_attach("t32.a", "t32.e", detach_b, NULL) == 0);
	see_event("t32.b", "t32.e", &seen);
	seen.count = 0;
	CHECK(execute("t32.e") == 0 && seen.count == 1);
	CHECK(execute("t32.e") == 0 && seen.count == 1);
	CHECK(telemetry_attach("t33.a", "t33.e", attach_another, &seen) == 0);
	CHECK(execute("t33.e") == 0 && seen.count == 1);
	CHECK(execute("t33.e") == 0 && seen.count == 2);
}

/* T37: whoever writes has taken a const away, or gets no further than here. */
_Static_assert(__builtin_types_compatible_p(
		       telemetry_handler,
		       int (*)(const char *, const struct telemetry_fields *,
			       const struct telemetry_fields *, void *)),
	       "a handler may not change what it is given");
_Static_assert(__builtin_types_compatible_p(
		       __typeof__(((struct telemetry_fields *)0)->items),
		       const struct telemetry_field *),
	       "nor a field");
_Static_assert(
	__builtin_types_compatible_p(
		__typeof__(((struct telemetry_field *)0)->value.as.string),
		const char *) &&
		__builtin_types_compatible_p(
			__typeof__(((struct telemetry_field *)0)->key),
			const char *),
	"nor a text");

static void forwarded(void)
{
	void *block;

	see_event("f", "forwarded", &seen);
	CHECK(telemetry_attach("g", "libc.heap.alloc.stop", forward, NULL) ==
	      0);
	seen.count = 0;
	block = malloc(100);
	CHECK(telemetry_detach("g") == 0);
	free(block);
	CHECK(!wraps_heap() ||
	      (seen.count == 1 && strstr(seen.text[0], "function=malloc")));
}

/* T26: a bare number. */
static void bare_number(void)
{
	struct telemetry_field md = TELEMETRY_STR("k", "v");

	seen.count = 0;
	CHECK(telemetry_execute_value("a.test.event", 2.5, &md, 1) == 0);
	CHECK(telemetry_execute_value("a.test.event", -7, NULL, 0) == 0);
	CHECK(telemetry_execute_value("", 1, NULL, 0) == -EINVAL);
	CHECK_SEEN(&seen, 0, "a.test.event{value=2.5}{k=v}");
	CHECK_SEEN(&seen, 1, "a.test.event{value=-7}{}");
}

static void parity(void)
{
	called_with();
	bare_number();
	refused();
	/* T31 */
	CHECK(telemetry_attach("t31", "t31.e", note_thread, &config) == 0);
	CHECK(execute("t31.e") == 0 && pthread_equal(caller, pthread_self()));
	snapshots();
	forwarded();
}
