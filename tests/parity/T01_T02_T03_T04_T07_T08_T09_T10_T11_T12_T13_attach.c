/*
 * T01-T04, T07-T13: names and ids are checked when attaching; ids are unique among all
 * events and compared by content; all events or none.
 */
#include "parity.h"

static struct seen first, second;

static int attach_many(const char *id, const char *const *events, size_t n)
{
	return telemetry_attach_many(id, events, n, see, &second, NULL);
}

static void malformed(void)
{
	static const char *const bad[] = {
		/* T03, T01, and what is no wildcard here */
		"",    ".",   "a.", ".a",	"a..b", "a b",
		"a-b", "a.*", "*",  "\xc3\xa4", "a.\n",
	};
	const char *events[] = { "t01.good", NULL };
	char longest[300];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(telemetry_attach("t01", bad[i], see, NULL) == -EINVAL);
		CHECK(execute(bad[i]) == -EINVAL);
		events[1] = bad[i];
		CHECK(attach_many("t01", events, 2) == -EINVAL);
	}
	/* T02 */
	CHECK(telemetry_attach("t01", NULL, see, NULL) == -EINVAL);
	CHECK(telemetry_attach("t01", "t01.good", NULL, NULL) == -EINVAL);
	CHECK(telemetry_attach(NULL, "t01.good", see, NULL) == -EINVAL);
	CHECK(telemetry_attach("", "t01.good", see, NULL) == -EINVAL);
	CHECK(attach_many("t04", NULL, 1) == -EINVAL); /* T04 */
	CHECK(listed("") == 0);
	memset(longest, 'a', sizeof(longest));
	longest[TELEMETRY_NAME_MAX + 1] = '\0';
	CHECK(telemetry_attach("t01", longest, see, NULL) == -EINVAL);
	longest[TELEMETRY_NAME_MAX] = '\0';
	CHECK(telemetry_attach(longest, longest, see, NULL) == 0);
	CHECK(telemetry_detach(longest) == 0);
	/* A span of that length has no room for ".exception"; an event that
	 * is called like one of its events is one like any other. */
	memcpy(longest + TELEMETRY_NAME_MAX - 5, ".stop", 5);
	second.count = 0;
	CHECK(telemetry_attach("t01", longest, see, &second) == 0);
	CHECK(execute(longest) == 0 && second.count == 1);
	CHECK(telemetry_detach("t01") == 0);
}

static void ids(void)
{
	const char *two[] = { "t09.q1", "t09.q2" };
	const char *twice[] = { "t10.e", "t10.f", "t10.e" };
	char id[] = "t07";

	/* T07, T08 */
	see_event("t07", "t07.e", &first);
	CHECK(telemetry_attach(id, "t07.e", see, &second) == -EEXIST);
	CHECK(telemetry_attach(id, "t08.e", see, &second) == -EEXIST);
	id[0] = 'x'; /* T13: it has a copy */
	CHECK(execute("t07.e") == 0 && execute("t08.e") == 0);
	CHECK(first.count == 1 && second.count == 0);

	/* T09 */
	CHECK(telemetry_attach("t09", "t09.q2", see, &first) == 0);
	CHECK(attach_many("t09", two, 2) == -EEXIST);
	CHECK(execute("t09.q1") == 0 && second.count == 0);
	CHECK(listed("t09") == 1);

	/* T10 */
	CHECK(attach_many("t10", twice, 3) == -EINVAL);
	CHECK(listed("t10") == 0 && telemetry_detach("t10") == -ENOENT);

	/* T11 */
	CHECK(attach_many("t11", two, 0) == 0 &&
	      attach_many("t11", two, 0) == 0);
	CHECK(telemetry_detach("t11") == -ENOENT);

	/* T12 */
	CHECK(telemetry_detach("t07") == 0);
	CHECK(telemetry_attach("t07", "t12.e", see, &second) == 0);
	CHECK(execute("t12.e") == 0 && second.count == 1);
}

/* An id is any text, compared whole, with nothing of a name about it. */
static void any_text(void)
{
	static const char *const texts[] = {
		"a b", "a.b.*", ".", "a..b", "\xc3\xa4\xff\n", "A b", "a b ",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(telemetry_attach(texts[i], "any.e", see, &second) == 0);
		CHECK(telemetry_attach(texts[i], "any.f", see, &second) ==
		      -EEXIST);
	}
	second.count = 0;
	CHECK(execute("any.e") == 0 && second.count == i);
	CHECK(telemetry_detach("a") == -ENOENT);
	while (i-- > 0)
		CHECK(telemetry_detach(texts[i]) == 0);
	CHECK(listed("any") == 0);
}

static void options(void)
{
	struct telemetry_attach_options o = { .struct_size = sizeof(o) };
	const char *e[] = { "options.e" };
	struct {
		struct telemetry_attach_options known;
		long unknown[4];
	} later = { .known = { .struct_size = sizeof(later) } };

	o.policy = 7;
	CHECK(telemetry_attach_many("o", e, 1, see, NULL, &o) == -EINVAL);
	o.struct_size = 2;
	CHECK(telemetry_attach_many("o", e, 1, see, NULL, &o) == -EINVAL);
	o.struct_size = 4; /* of a version without a policy */
	CHECK(telemetry_attach_many("o", e, 1, see, NULL, &o) == 0);
	CHECK(telemetry_detach("o") == 0);
	CHECK(telemetry_attach_many("o", e, 1, see, NULL, &later.known) == 0);
	CHECK(telemetry_detach("o") == 0);
}

static void parity(void)
{
	second.count = 0;
	malformed();
	second.count = 0;
	ids();
	any_text();
	options();
	errno = 77;
	CHECK(telemetry_attach("errno", "errno.e", see, &first) == 0);
	CHECK(telemetry_detach_wait("errno") == 0 && errno == 77);
}
