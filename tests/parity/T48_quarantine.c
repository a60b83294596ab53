/*
 * T48: a handler in quarantine is not called for a while after its failures,
 * then tried again: once, by one thread; pauses double up to the longest.
 * Each failure is reported once, whatever threads do.
 *
 * env: TELEMETRY_LOG_FILE=failures.log
 */
#include "parity.h"

#include <time.h>

#define THREADS 8
#define HOUR_MS 3600000
#define MS 1000000ull

static int result;
static unsigned long calls, failed, reports;

static int obey(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	calls++;
	return result;
}

static int count_reports(const char *event, const struct telemetry_fields *m,
			 const struct telemetry_fields *metadata, void *arg)
{
	(void)event, (void)m, (void)metadata, (void)arg;
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
	return 0;
}

static int keep_info(const struct telemetry_handler_info *info, void *arg)
{
	*(struct telemetry_handler_info *)arg = *info;
	return 0;
}

static struct telemetry_handler_info info_of(const char *event)
{
	struct telemetry_handler_info info = { 0 };

	CHECK(telemetry_list(event, keep_info, &info) == 0);
	return info;
}

static void attach(const char *event, telemetry_handler handler, uint32_t n,
		   uint32_t pause_ms, uint32_t longest_ms)
{
	struct telemetry_attach_options o = { .struct_size = sizeof(o),
					      .policy = TELEMETRY_QUARANTINE,
					      .failures = n,
					      .pause_ms = pause_ms,
					      .longest_ms = longest_ms };

	CHECK(!telemetry_attach_many(event, &event, 1, handler, NULL, &o));
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void not_called_for_an_hour(void)
{
	struct telemetry_handler_info info;
	int i;

	attach("long.e", obey, 3, HOUR_MS, 0);
	result = 5;
	CHECK(info_of("long").state == TELEMETRY_ACTIVE);
	for (i = 0; i < 2; i++)
		CHECK(!execute("long.e"));
	CHECK(calls == 2 && reports == 2 && info_of("long").failures == 2);
	/* In a row: one that goes well begins a new one. */
	result = 0;
	CHECK(!execute("long.e") && info_of("long").failures == 0);
	result = 5;
	for (i = 0; i < 10; i++)
		CHECK(!execute("long.e"));
	CHECK(calls == 6 && reports == 5);
	info = info_of("long");
	CHECK(info.policy == TELEMETRY_QUARANTINE && info.failures == 3);
	CHECK(info.state == TELEMETRY_PAUSED);
	CHECK(info.paused_until <= now() + HOUR_MS * MS);
	CHECK(info.paused_until > now() + HOUR_MS * MS / 2);
	CHECK(!telemetry_detach("long.e") && listed("long") == 0);
}

/* Executes until the handler is called again, and checks the pause after. */
static void fails_for(const char *event, uint64_t pause_ms)
{
	unsigned long before = calls;
	uint64_t began, deadline = now() + 60000 * MS, until;

	do {
		began = now();
		CHECK(began < deadline);
		CHECK(!execute(event));
	} while (calls == before);
	CHECK(calls == before + 1);
	until = info_of(event).paused_until;
	CHECK(until >= began + pause_ms * MS);
	CHECK(until <= now() + pause_ms * MS);
}

static void pauses_double(void)
{
	uint64_t deadline = now() + 60000 * MS;

	attach("twice.e", obey, 0, 2, 7);
	calls = reports = 0;
	result = -1;
	fails_for("twice.e", 2);
	fails_for("twice.e", 4);
	fails_for("twice.e", 7);
	fails_for("twice.e", 7);
	CHECK(reports == 4 && info_of("twice").failures == 4);
	result = 0;
	while (calls == 4) {
		CHECK(now() < deadline);
		CHECK(!execute("twice.e"));
	}
	CHECK(info_of("twice").state == TELEMETRY_ACTIVE);
	CHECK(info_of("twice").failures == 0 && reports == 4);
	CHECK(!execute("twice.e") && calls == 6);
	/* All begins anew. */
	result = 1;
	fails_for("twice.e", 2);
	CHECK(!telemetry_detach("twice.e"));
}

/* It is told of no failure of its own. */
static void of_failures(void)
{
	calls = reports = 0;
	result = 1;
	attach("telemetry.handler.failure", obey, 2, HOUR_MS, 0);
	attach("f.e", obey, 9, HOUR_MS, 0);
	CHECK(!execute("f.e") && !execute("f.e") && !execute("f.e"));
	CHECK(calls == 3 + 2 && reports == 3);
	CHECK(!telemetry_detach("telemetry.handler.failure"));
	CHECK(!telemetry_detach("f.e"));
}

static int fail_sometimes(const char *event, const struct telemetry_fields *m,
			  const struct telemetry_fields *metadata, void *arg)
{
	unsigned long n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);

	(void)event, (void)m, (void)metadata, (void)arg;
	if (n % 3)
		return 0;
	__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	return 1;
}

static void *execute_many(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++)
		CHECK(execute("race.e") == 0);
	return arg;
}

static void in_threads(void)
{
	pthread_t threads[THREADS];
	int i;

	calls = reports = 0;
	attach("race.e", fail_sometimes, 2, 1, 1);
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, execute_many, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(failed > 0 && reports == failed);
	CHECK(listed("race") == 1 && !telemetry_detach("race.e"));
}

static void refused(void)
{
	const char *e = "r.e";
	struct telemetry_attach_options o = { .struct_size = sizeof(o),
					      .policy = 3 };

	CHECK(telemetry_attach_many("r", &e, 1, obey, NULL, &o) == -EINVAL);
	o.policy = TELEMETRY_QUARANTINE;
	o.failures = 1000001;
	CHECK(telemetry_attach_many("r", &e, 1, obey, NULL, &o) == -EINVAL);
	o.failures = 1;
	o.pause_ms = 10;
	o.longest_ms = 9;
	CHECK(telemetry_attach_many("r", &e, 1, obey, NULL, &o) == -EINVAL);
	/* A program built before there were these options. */
	o.struct_size = 16;
	CHECK(telemetry_attach_many("r", &e, 1, obey, NULL, &o) == 0);
	CHECK(!telemetry_detach("r"));
}

static void parity(void)
{
	CHECK(!telemetry_attach("reports", "telemetry.handler.failure",
				count_reports, NULL));
	not_called_for_an_hour();
	pauses_double();
	of_failures();
	in_threads();
	refused();
	unlink("failures.log");
}
