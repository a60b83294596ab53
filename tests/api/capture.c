/*
 * <telemetry/test.h>: what is captured, found, waited for; by several threads.
 *
 * cflags: -std=c99
 */
#include "hazard.h"

#include <telemetry/test.h>

#define THREADS 4
#define EACH 200

static struct telemetry_capture *c;

static void emit(double amount, const char *who)
{
	struct telemetry_field m[] = { TELEMETRY_F64("amount", amount),
				       TELEMETRY_I64("rows", -3),
				       TELEMETRY_U64("bytes", 7),
				       TELEMETRY_BOOLEAN("paid", 1) };
	struct telemetry_field d[] = { TELEMETRY_STR("who", who),
				       TELEMETRY_STR("none", NULL) };

	telemetry_execute("api.order", m, 4, d, 2);
}

static int found(const char *event, struct telemetry_field field)
{
	return telemetry_capture_find(c, event, field) != NULL;
}

static void finds(void)
{
	char who[] = "somebody";
	const struct telemetry_captured *one;

	c = telemetry_capture_begin("api.order, api.span");
	CHECK(telemetry_capture_count(c, NULL) == 0);
	CHECK(!telemetry_capture_get(c, NULL, 0));
	emit(12.5, who);
	memset(who, '?', sizeof(who) - 1);
	emit(0.0, "");
	telemetry_execute("api.other", NULL, 0, NULL, 0);
	CHECK(telemetry_capture_count(c, "api.order") == 2);
	CHECK(telemetry_capture_count(c, NULL) == 2);
	CHECK(found("api.order", TELEMETRY_F64("amount", 12.5)));
	CHECK(found(NULL, TELEMETRY_I64("amount", 0)));
	CHECK(!found("api.order", TELEMETRY_F64("amount", 12.0)));
	CHECK(found("api.order", TELEMETRY_I64("rows", -3)));
	CHECK(found("api.order", TELEMETRY_I64("bytes", 7)));
	CHECK(!found("api.order", TELEMETRY_U64("rows", 3)));
	CHECK(found("api.order", TELEMETRY_BOOLEAN("paid", 1)));
	CHECK(!found("api.order", TELEMETRY_BOOLEAN("paid", 0)));
	CHECK(!found("api.order", TELEMETRY_I64("paid", 1)));
	CHECK(found("api.order", TELEMETRY_STR("who", "somebody")));
	CHECK(found("api.order", TELEMETRY_STR("who", "")));
	CHECK(!found("api.order", TELEMETRY_STR("who", "some")));
	CHECK(!found("api.order", TELEMETRY_STR("who", NULL)));
	CHECK(found("api.order", TELEMETRY_STR("none", NULL)));
	CHECK(!found("api.order", TELEMETRY_STR("nothing", NULL)));
	CHECK(!found("api.span", TELEMETRY_STR("none", NULL)));
	one = telemetry_capture_get(c, "api.order", 1);
	CHECK(one && telemetry_get(&one->measurements, "amount")->as.f64 == 0);
	CHECK(!telemetry_capture_get(c, "api.order", 2));
	telemetry_capture_end(c);
	emit(1, "nobody captures this");
}

static int work(void *arg)
{
	return *(int *)arg;
}

/* The name of a span is that of its three events; naming one twice is fine. */
static void spans(void)
{
	struct telemetry_capture *other =
		telemetry_capture_begin("api.span.exception");
	int good = 0, bad = -5;

	c = telemetry_capture_begin("api.span api.span.stop\tapi.span");
	CHECK(telemetry_span("api.span", NULL, 0, work, &good) == 0);
	CHECK(telemetry_span(
		      "api.span",
		      (struct telemetry_field[]){ TELEMETRY_I64("a", 1),
						  TELEMETRY_I64("b", 2) },
		      2, work, &bad) == -5);
	CHECK(telemetry_capture_count(c, NULL) == 4);
	CHECK(telemetry_capture_count(c, "api.span.start") == 2);
	CHECK(telemetry_capture_count(c, "api.span.stop") == 1);
	CHECK(found("api.span.exception", TELEMETRY_STR("reason", "-5")));
	CHECK(strcmp(telemetry_capture_get(c, NULL, 3)->event,
		     "api.span.exception") == 0);
	CHECK(telemetry_capture_count(other, NULL) == 1);
	telemetry_capture_end(other);
	telemetry_capture_end(c);
}

static void *emit_many(void *arg)
{
	int i;

	for (i = 0; i < EACH; i++)
		emit(i, "thread");
	return arg;
}

static void threads(void)
{
	pthread_t ids[THREADS];
	int i;

	c = telemetry_capture_begin("api.order");
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&ids[i], NULL, emit_many, NULL));
	CHECK(telemetry_capture_wait(c, "api.order", THREADS * EACH, 60));
	CHECK(!telemetry_capture_wait(c, "api.order", THREADS * EACH + 1, 0));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(ids[i], NULL));
	CHECK(telemetry_capture_count(c, "api.order") == THREADS * EACH);
	telemetry_capture_end(c);
}

static void *emit_once(void *arg)
{
	emit(1, "another thread");
	return arg;
}

static void of_one_thread(void)
{
	struct telemetry_capture *mine;
	pthread_t thread;

	c = telemetry_capture_begin("api.order");
	mine = telemetry_capture_begin_thread("api.order");
	CHECK(!pthread_create(&thread, NULL, emit_once, NULL));
	CHECK(!pthread_join(thread, NULL));
	CHECK(telemetry_capture_count(c, NULL) == 1);
	CHECK(telemetry_capture_count(mine, NULL) == 0);
	emit(2, "this thread");
	CHECK(telemetry_capture_count(c, NULL) == 2);
	CHECK(telemetry_capture_count(mine, NULL) == 1);
	CHECK(telemetry_capture_find(mine, NULL,
				     TELEMETRY_STR("who", "this thread")));
	telemetry_capture_end(mine);
	telemetry_capture_end(c);
}

/* By prefix, and from the beginning again. */
static void below(void)
{
	c = telemetry_capture_begin("api.order api.span api");
	emit(1, "x");
	telemetry_execute("api", NULL, 0, NULL, 0);
	telemetry_execute("api.span", NULL, 0, NULL, 0);
	CHECK(telemetry_capture_count(c, "api.*") == 2);
	CHECK(telemetry_capture_count(c, "api.order.*") == 0);
	CHECK(telemetry_capture_count(c, "ap.*") == 0);
	CHECK(found("api.*", TELEMETRY_STR("who", "x")));
	telemetry_capture_clear(c);
	CHECK(telemetry_capture_count(c, NULL) == 0);
	CHECK(!telemetry_capture_get(c, NULL, 0));
	emit(1, "y");
	CHECK(telemetry_capture_count(c, NULL) == 1);
	TELEMETRY_EXPECT(c, found(NULL, TELEMETRY_STR("who", "y")));
	TELEMETRY_EXPECT_COUNT(c, "api.order", 1);
	TELEMETRY_EXPECT_FIELD(c, "api.order", TELEMETRY_F64("amount", 1));
	TELEMETRY_EXPECT_WAIT(c, "api.*", 1, 1);
	telemetry_capture_end(c);
}

int main(void)
{
	int five = 5;

	CHECK(telemetry_capture_possible() == shimmed());
	CHECK(telemetry_span(
		      "api.span",
		      (struct telemetry_field[]){ TELEMETRY_I64("a", 1),
						  TELEMETRY_I64("b", 2) },
		      2, work, &five) == 5);
	if (shimmed()) {
		finds();
		spans();
		threads();
		of_one_thread();
		below();
	}
	return hazard_end();
}
