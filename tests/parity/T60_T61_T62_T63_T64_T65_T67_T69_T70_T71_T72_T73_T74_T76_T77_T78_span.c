/*
 * T60-T65, T67, T69-T74, T76-T78: a span executes start, then exactly one of stop and exception; one
 * clock reading feeds monotonic_time and duration; who is inside whom.
 *
 * env: TELEMETRY_LOG_FILE=/dev/null
 */
#include "parity.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct seen seen;
static int seven = 7;

static int inside(void *arg)
{
	CHECK(seen.count == 1);
	return *(int *)arg;
}

static int slow(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	uint64_t *took = arg, now = u64_of(m, "monotonic_time");
	struct timespec ts;

	(void)event, (void)metadata;
	do
		clock_gettime(CLOCK_MONOTONIC, &ts);
	while ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec <
	       now + 20000000);
	*took = 20000000;
	return 0;
}

static void check_times(unsigned int start, unsigned int end)
{
	CHECK(number(&seen, end, "duration") ==
	      number(&seen, end, "monotonic_time") -
		      number(&seen, start, "monotonic_time"));
	CHECK(seen.span_id[start] && seen.span_id[start] == seen.span_id[end]);
}

static void stop(void)
{
	struct telemetry_field md = TELEMETRY_STR("some", "text");
	struct telemetry_field other = TELEMETRY_I64("other", 1);
	struct telemetry_field extra[] = { TELEMETRY_I64("rows", 3),
					   TELEMETRY_I64("duration", 1),
					   TELEMETRY_I64("monotonic_time", 2),
					   TELEMETRY_I64("system_time", 4) };
	struct telemetry_span span;

	seen.count = 0;
	CHECK(telemetry_span("t60.op", &md, 1, inside, &seven) == 7); /* T62 */
	CHECK(seen.count == 2);
	CHECK_SEEN(&seen, 0,
		   "t60.op.start{monotonic_time=?,system_time=?}"
		   "{span_id=?,some=text}");
	CHECK_SEEN(&seen, 1,
		   "t60.op.stop{duration=?,monotonic_time=?}"
		   "{span_id=?,some=text}");
	check_times(0, 1);
	seen.count = 0;
	/* T63, T64 */
	CHECK(!telemetry_span_begin(&span, "t60.op", &md, 1));
	CHECK(!telemetry_span_end(&span, extra, 4, &other, 1));
	CHECK(!telemetry_span_end(&span, NULL, 0, NULL, 0)); /* once */
	CHECK(!telemetry_span_fail(&span, "error", "late", NULL, 0));
	CHECK(seen.count == 2);
	CHECK_SEEN(&seen, 1,
		   "t60.op.stop{duration=?,monotonic_time=?,rows=3,"
		   "system_time=?}{span_id=?,some=text,other=1}");
	check_times(0, 1);
	CHECK(seen.measurements[1][3].value.as.i64 == 4);
	/* T61 */
	md = TELEMETRY_STR("some", "other text");
	seen.count = 0;
	CHECK(!telemetry_span_begin(&span, "t60.op", &md, 1));
	md = TELEMETRY_I64("some", 2);
	CHECK(!telemetry_span_end(&span, NULL, 0, &md, 1));
	CHECK(strstr(seen.text[1], "some=2}") && !strstr(seen.text[1], "text"));
}

/* T65, T67 */
static void exception(void)
{
	struct telemetry_field md[] = { TELEMETRY_STR("some", "text"),
					TELEMETRY_STR("reason", "mine") };
	struct telemetry_span span;
	int failed = -5;

	seen.count = 0;
	CHECK(telemetry_span("t60.op", md, 1, inside, &failed) == -5);
	CHECK(seen.count == 2);
	CHECK_SEEN(&seen, 1,
		   "t60.op.exception{duration=?,monotonic_time=?}"
		   "{kind=error,reason=-5,span_id=?,some=text}");
	check_times(0, 1); /* T73 */
	seen.count = 0;
	CHECK(!telemetry_span_begin(&span, "t60.op", md, 2));
	CHECK(!telemetry_span_fail(&span, "pay", "card declined", NULL, 0));
	CHECK_SEEN(&seen, 1,
		   "t60.op.exception{duration=?,monotonic_time=?}"
		   "{kind=pay,reason=card declined,span_id=?,some=text}");
	seen.count = 0;
	CHECK(!telemetry_span_begin(&span, "t60.op", NULL, 0));
	CHECK(!telemetry_span_fail(&span, NULL, NULL, NULL, 0));
	CHECK(strstr(seen.text[1], "{kind=error,reason=null,span_id=?}"));
}

/* T69, T70, T71, T72, T77 */
static void contexts(void)
{
	struct telemetry_field id[] = { TELEMETRY_U64("span_id", 99),
					TELEMETRY_U64("parent_span_id", 98),
					TELEMETRY_I64("n", 1) };
	struct telemetry_span outer, inner;

	seen.count = 0;
	CHECK(!telemetry_span_begin(&outer, "t60.op", NULL, 0));
	CHECK(!telemetry_span_begin(&inner, "t60.op", NULL, 0));
	CHECK(!telemetry_span_end(&inner, NULL, 0, NULL, 0));
	CHECK(!telemetry_span_end(&outer, NULL, 0, NULL, 0));
	CHECK(seen.span_id[0] != seen.span_id[1]);
	CHECK(seen.parent[0] == 0 && seen.parent[3] == 0);
	CHECK(seen.parent[1] == seen.span_id[0]);
	CHECK(seen.parent[2] == seen.span_id[0]);
	CHECK(seen.span_id[1] == seen.span_id[2]);
	seen.count = 0;
	CHECK(!telemetry_span_begin(&outer, "t60.op", id, 3));
	CHECK(!telemetry_span_end(&outer, NULL, 0, id, 2));
	CHECK(!telemetry_span_begin(&outer, "t60.op", id, 1));
	CHECK(!telemetry_span_fail(&outer, "error", NULL, NULL, 0));
	CHECK(seen.span_id[0] == 99 && seen.span_id[1] == 99);
	CHECK(seen.parent[0] == 98 && seen.parent[1] == 98);
	CHECK(seen.span_id[2] == 99 && seen.span_id[3] == 99);
	CHECK_SEEN(&seen, 1,
		   "t60.op.stop{duration=?,monotonic_time=?}"
		   "{parent_span_id=?,span_id=?,n=1}");
}

/* Ended in another order than begun: each once, with its own id. */
static void interleaved(void)
{
	struct telemetry_span a, b, c;

	seen.count = 0;
	CHECK(!telemetry_span_begin(&a, "t60.op", NULL, 0));
	CHECK(!telemetry_span_begin(&b, "t60.op", NULL, 0));
	CHECK(!telemetry_span_end(&a, NULL, 0, NULL, 0));
	CHECK(!telemetry_span_begin(&c, "t60.op", NULL, 0));
	CHECK(!telemetry_span_end(&b, NULL, 0, NULL, 0));
	CHECK(!telemetry_span_end(&c, NULL, 0, NULL, 0));
	CHECK(seen.count == 6);
	CHECK(seen.parent[3] == seen.span_id[1]);
	CHECK(seen.span_id[4] == seen.span_id[1]);
	CHECK(seen.span_id[5] == seen.span_id[3]);
	CHECK(!telemetry_span_begin(&a, "t60.op", NULL, 0));
	CHECK(!telemetry_span_end(&a, NULL, 0, NULL, 0));
	CHECK(seen.parent[6] == 0);
}

static void deep(void)
{
	struct telemetry_span spans[24];
	int i;

	seen.count = 0;
	for (i = 0; i < 24; i++)
		CHECK(!telemetry_span_begin(&spans[i], "t60.op", NULL, 0));
	for (i = 24; i-- > 0;)
		CHECK(!telemetry_span_end(&spans[i], NULL, 0, NULL, 0));
	CHECK(seen.count == 48 && seen.parent[47] == 0);
	for (i = 0; i < 24; i++)
		CHECK(seen.span_id[47 - i] == seen.span_id[i]);
}

static void malformed(void)
{
	struct telemetry_field many[9];
	struct telemetry_span span;
	char name[256];
	int i, result = 4;

	for (i = 0; i < 9; i++)
		many[i] = TELEMETRY_I64("k", 1);
	seen.count = 0;
	CHECK(telemetry_span_begin(&span, "a..b", NULL, 0) == -EINVAL);
	CHECK(telemetry_span_end(&span, NULL, 0, NULL, 0) == 0);
	CHECK(telemetry_span_begin(&span, NULL, NULL, 0) == -EINVAL);
	CHECK(telemetry_span_begin(NULL, "a.b", NULL, 0) == -EINVAL);
	CHECK(telemetry_span_begin(&span, "t60.op", many, 9) == -EINVAL);
	CHECK(telemetry_span_end(&span, NULL, 0, NULL, 0) == 0);
	CHECK(telemetry_span_end(NULL, NULL, 0, NULL, 0) == -EINVAL);
	memset(name, 'a', sizeof(name));
	name[TELEMETRY_NAME_MAX - 10] = '\0';
	CHECK(telemetry_span_begin(&span, name, NULL, 0) == 0);
	CHECK(telemetry_span_end(&span, NULL, 0, NULL, 0) == 0);
	name[TELEMETRY_NAME_MAX - 10] = 'a';
	name[TELEMETRY_NAME_MAX - 9] = '\0';
	CHECK(telemetry_span_begin(&span, name, NULL, 0) == -EINVAL);
	CHECK(seen.count == 0);
	seen.count = 1;
	CHECK(telemetry_span("a..b", NULL, 0, inside, &result) == 4);
	CHECK(seen.count == 1);
}

/* T74: monotonic_time of the start is where the duration of a span of the
 * program begins; T76: a start handler that fails changes nothing. */
static void handlers_of_start(void)
{
	uint64_t took = 0;

	see_span("t74", "t74.op", &seen);
	CHECK(!telemetry_attach("slow", "t74.op.start", slow, &took));
	CHECK(!telemetry_attach("fails", "t74.op.start", fail_with, &seven));
	seen.count = 0;
	CHECK(telemetry_span("t74.op", NULL, 0, inside, &seven) == 7);
	CHECK(seen.count == 2 && took && listed("t74.op.start") == 2);
	CHECK(number(&seen, 1, "duration") >= took);
	check_times(0, 1);
}

/* T78: what a stop says of an error is the program's affair; of a wrapped call
 * that fails the name of errno is the reason of an exception.  T74: its duration
 * begins when the handlers of its start have returned. */
static void errors(void)
{
	struct telemetry_field error = TELEMETRY_STR("error", "sold out");
	struct sockaddr_un un = { .sun_family = AF_UNIX,
				  .sun_path = "/nonexistent/socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct telemetry_span span;
	uint64_t took = 0;

	seen.count = 0;
	CHECK(!telemetry_span_begin(&span, "t60.op", NULL, 0));
	CHECK(!telemetry_span_end(&span, NULL, 0, &error, 1));
	CHECK_SEEN(&seen, 1,
		   "t60.op.stop{duration=?,monotonic_time=?}"
		   "{span_id=?,error=sold out}");
	see_span("t78", "libc.socket.connect", &seen);
	CHECK(!telemetry_attach("slow78", "libc.socket.connect.start", slow,
				&took));
	seen.count = 0;
	CHECK(connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0);
	close(fd);
	CHECK(!telemetry_detach("t78") && !telemetry_detach("slow78"));
	CHECK(took && number(&seen, 1, "monotonic_time") -
				      number(&seen, 1, "duration") >=
			      number(&seen, 0, "monotonic_time") + took);
	CHECK(seen.count == 2);
	CHECK(strstr(seen.text[1], "libc.socket.connect.exception{") &&
	      strstr(seen.text[1], "kind=errno,reason=ENOENT,"));
}

static void parity(void)
{
	/* T60: nobody listens, and the function runs */
	seen.count = 1;
	CHECK(telemetry_span("t60.op", NULL, 0, inside, &seven) == 7);
	see_span("t60", "t60.op", &seen);
	stop();
	exception();
	contexts();
	interleaved();
	deep();
	malformed();
	handlers_of_start();
	errors();
}
