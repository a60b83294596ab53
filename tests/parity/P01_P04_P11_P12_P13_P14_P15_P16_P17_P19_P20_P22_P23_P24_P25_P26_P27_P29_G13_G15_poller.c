/*
 * P01, P04, P11-P17, P19, P20, P22-P27, P29, G13, G15: pollers of the program's
 * own, their options, their failures, their times.
 *
 * env: TELEMETRY_LOG_FILE=log
 */
#include "parity.h"

#include <telemetry/poller.h>

#include <signal.h>
#include <sys/wait.h>

static unsigned int calls, fails, order[8], ordered;

static int call(void *arg)
{
	__atomic_fetch_add((unsigned int *)arg, 1, __ATOMIC_RELEASE);
	return 0;
}

static unsigned int now_called(unsigned int *n)
{
	return __atomic_load_n(n, __ATOMIC_ACQUIRE);
}

static int fail(void *arg)
{
	__atomic_fetch_add((unsigned int *)arg, 1, __ATOMIC_RELEASE);
	return -5;
}

static int note(void *arg)
{
	if (ordered < 8)
		order[ordered++] = *(unsigned int *)arg;
	return 0;
}

static struct telemetry_poller_options with(struct telemetry_measurement *m,
					    size_t count, int64_t period)
{
	struct telemetry_poller_options o = telemetry_poller_defaults(m, count);

	o.period_ms = period;
	return o;
}

static int logged(const char *text)
{
	static char all[20000];
	FILE *f = fopen("log", "re");
	size_t n = f ? fread(all, 1, sizeof(all) - 1, f) : 0;

	all[n] = '\0';
	if (f)
		fclose(f);
	return strstr(all, text) != NULL;
}

static int copy_info(const struct telemetry_poller_info *info, void *arg)
{
	struct telemetry_poller_info *to = arg;
	static struct telemetry_measurement_info tasks[32];

	CHECK(info->struct_size == sizeof(*info));
	CHECK(info->measurement_size == sizeof(*info->measurements));
	if (info->handle != to->handle)
		return 0;
	*to = *info;
	memcpy(tasks, info->measurements,
	       info->measurement_count * sizeof(*tasks));
	to->measurements = tasks;
	return 1;
}

static struct telemetry_poller_info info_of(int handle)
{
	struct telemetry_poller_info info = { .handle = handle };

	CHECK(telemetry_poller_list(copy_info, &info) == 1);
	return info;
}

static void refuse(struct telemetry_poller_options o, const char *why)
{
	CHECK(telemetry_poller_start(&o) == -EINVAL);
	if (!logged(why)) {
		fprintf(stderr, "not logged: %s\n", why);
		CHECK(!"logged");
	}
}

static void bad_options(void)
{
	struct telemetry_measurement m = telemetry_poll_call("c", call, &calls);
	struct telemetry_poller_options o = with(&m, 1, 5000);

	/* Every 5 s, from now on, without a name. */
	o = telemetry_poller_defaults(&m, 1);
	CHECK(o.period_ms == 5000 && o.init_delay_ms == 0 && !o.name);
	/* P12 */
	refuse(with(NULL, 1, 5000),
	       "measurements are missing, expected a list");
	refuse(with(&m, 33, 5000), "33 measurements, at most 32");
	/* P13 */
	refuse(with(&m, 1, 0), "period_ms is 0, expected a number from 1 to");
	refuse(with(&m, 1, -1), "period_ms is -1, expected");
	refuse(with(&m, 1, INT64_MAX), "period_ms is 9223372036854775807");
	/* P14 */
	o.init_delay_ms = -1;
	refuse(o, "init_delay_ms is -1, expected a number from 0 to");
	o = with(&m, 1, 5000);
	o.struct_size = 0;
	refuse(o, "struct_size is 0");
	CHECK(telemetry_poller_start(NULL) == -EINVAL);
	o = with(&m, 1, 5000);
	o.name = "";
	refuse(o, "its name is empty");
}

static void bad_measurements(void)
{
	const char *keys[] = { "user", "colour" };
	struct telemetry_measurement m;

	/* P11 */
	memset(&m, 0, sizeof(m));
	refuse(with(&m, 1, 5000), "measurement 0: kind 0, expected one of enum "
				  "telemetry_measurement_kind");
	m = telemetry_poll_builtin("process.colour");
	refuse(with(&m, 1, 5000), "measurement 0: \"process.colour\" is none, "
				  "expected process.memory, ");
	m = telemetry_poll_call("c", NULL, NULL);
	refuse(with(&m, 1, 5000), "measurement 0: no function to call");
	m = telemetry_poll_call("c", call, NULL);
	m.policy = 2;
	refuse(with(&m, 1, 5000), "measurement 0: policy 2, expected");
	/* P22: at the start, not at the first tick. */
	m = telemetry_poll_threads("p.thread", "*", keys, 2);
	refuse(with(&m, 1, 5000), "\"colour\" is no key of a thread, expected "
				  "one of user, system");
	/* P23 */
	m = telemetry_poll_threads(NULL, "*", keys, 1);
	refuse(with(&m, 1, 5000), "measurement 0: \"\" is no event name");
	m = telemetry_poll_threads("p..thread", "*", keys, 1);
	refuse(with(&m, 1, 5000), "\"p..thread\" is no event name");
	m = telemetry_poll_threads("p.thread", NULL, keys, 1);
	refuse(with(&m, 1, 5000), "no thread, expected a name, a glob or a");
	m = telemetry_poll_threads("p.thread", "*", keys, 0);
	refuse(with(&m, 1, 5000), "0 keys, expected 1 to 8");
	m = telemetry_poll_threads("p.thread", "*", NULL, 1);
	refuse(with(&m, 1, 5000), "1 keys, expected 1 to 8");
	CHECK(count_threads(true) == 0 || has_reporter());
}

static void names(void)
{
	struct telemetry_measurement m = telemetry_poll_call("c", call, &calls);
	struct telemetry_poller_options o = with(&m, 1, 500);
	int one, two, three;

	/* P01, P04, P20 */
	o.name = "my_poller";
	o.init_delay_ms = 3600000;
	one = telemetry_poller_start(&o);
	CHECK(one > 0);
	CHECK(telemetry_poller_find("my_poller") == one);
	CHECK(telemetry_poller_find("my_pollen") == -ENOENT);
	CHECK(info_of(one).period_ms == 500);
	CHECK(info_of(one).init_delay_ms == 3600000);
	CHECK(!strcmp(info_of(one).name, "my_poller"));
	CHECK(telemetry_poller_start(&o) == -EEXIST);
	/* P19; G15: each at its own rate. */
	o.name = NULL;
	two = telemetry_poller_start(&o);
	o.period_ms = 700;
	three = telemetry_poller_start(&o);
	CHECK(two > 0 && three > two);
	CHECK(info_of(two).period_ms == 500);
	CHECK(info_of(three).period_ms == 700);
	CHECK(telemetry_poller_stop(two) == 0);
	CHECK(telemetry_poller_stop(two) == -ENOENT);
	CHECK(telemetry_poller_stop(three) == 0);
	CHECK(telemetry_poller_stop(one) == 0);
	CHECK(telemetry_poller_find("my_poller") == -ENOENT);
	CHECK(telemetry_poller_list(copy_info, &(struct telemetry_poller_info){
						       .handle = one }) == 0);
	CHECK(calls == 0);
	/* No poller, no thread. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}

static void in_order(void)
{
	unsigned int numbers[] = { 1, 2, 3 };
	struct telemetry_measurement m[] = {
		telemetry_poll_call("first", note, &numbers[0]),
		telemetry_poll_builtin("process.memory"),
		telemetry_poll_call("second", note, &numbers[1]),
		telemetry_poll_call(NULL, note, &numbers[2]),
	};
	struct telemetry_poller_options o = with(m, 4, 1);
	struct telemetry_poller_info info;
	int handle = telemetry_poller_start(&o);

	CHECK(handle > 0);
	/* P15: as listed. */
	info = info_of(handle);
	CHECK(info.measurement_count == 4);
	CHECK(!strcmp(info.measurements[0].name, "first"));
	CHECK(!strcmp(info.measurements[1].name, "process.memory"));
	CHECK(info.measurements[1].kind == TELEMETRY_POLL_BUILTIN);
	CHECK(!strcmp(info.measurements[3].name, ""));
	/* The fourth may just have begun. */
	WAIT_FOR(info_of(handle).ticks >= 4);
	CHECK(telemetry_poller_stop(handle) == 0);
	CHECK(ordered == 8 && order[0] == 1 && order[1] == 2 && order[2] == 3 &&
	      order[3] == 1);
}

/* P25: nothing that is not listed. */
static void empty(void)
{
	struct telemetry_poller_options o = with(NULL, 0, 1);
	int handle = telemetry_poller_start(&o);
	struct seen seen = { 0 };

	CHECK(handle > 0);
	see_event("none", "process.memory", &seen);
	WAIT_FOR(info_of(handle).ticks >= 3);
	CHECK(info_of(handle).measurement_count == 0);
	CHECK(telemetry_poller_stop(handle) == 0);
	CHECK(telemetry_detach("none") == 0 && seen.count == 0);
}

static unsigned int failures_seen;
static char failure_text[600];

static int see_failure(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *d, void *config)
{
	size_t n = (size_t)snprintf(failure_text, sizeof(failure_text), "%s",
				    event);

	(void)config;
	n += print_fields(failure_text + n, sizeof(failure_text) - n, m);
	print_fields(failure_text + n, sizeof(failure_text) - n, d);
	__atomic_fetch_add(&failures_seen, 1, __ATOMIC_RELEASE);
	return 0;
}

/* P16, P17, P26: a failure pauses one measurement and no other. */
static void failures(void)
{
	struct telemetry_measurement m[] = {
		telemetry_poll_call("bad", fail, &fails),
		telemetry_poll_call("good", call, &calls),
	};
	struct telemetry_poller_options o = with(m, 2, 1);
	struct telemetry_poller_info info;
	int handle;

	CHECK(!telemetry_attach("f", "telemetry.poller.failure", see_failure,
				NULL));
	o.name = "shop";
	handle = telemetry_poller_start(&o);
	WAIT_FOR(now_called(&calls) >= 40);
	CHECK(telemetry_poller_stop(handle) == 0);
	/* Ticks 0, 2, 5, 10, 19, 36, then every 65th. */
	CHECK(fails >= 5 && fails <= 6 + calls / 65);
	CHECK(failures_seen == fails);
	CHECK(!strcmp(failure_text,
		      "telemetry.poller.failure{monotonic_time=?,system_time=?}"
		      "{poller=shop,measurement=bad,kind=error,reason=-5}"));
	CHECK(logged("poller \"shop\": measurement \"bad\" failed: it returned "
		     "-5, expected 0; it pauses for up to 64 ticks"));
	/* Asked for: gone at once. */
	calls = fails = 0;
	m[0].policy = TELEMETRY_POLL_REMOVE;
	handle = telemetry_poller_start(&o);
	WAIT_FOR(now_called(&calls) >= 5);
	info = info_of(handle);
	CHECK(info.measurements[0].is_removed &&
	      !info.measurements[1].is_removed);
	CHECK(info.measurements[0].failures == 1);
	CHECK(telemetry_poller_stop(handle) == 0);
	CHECK(fails == 1);
	CHECK(logged("expected 0; it is removed"));
	CHECK(!telemetry_detach("f"));
}

static uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t times[64];
static unsigned int timed;

static int work(void *arg)
{
	uint64_t end = monotonic() + *(uint64_t *)arg;

	if (timed < 64)
		times[timed] = monotonic();
	while (monotonic() < end)
		hazard_pause();
	__atomic_fetch_add(&timed, 1, __ATOMIC_RELEASE);
	return 0;
}

/* P24, P27: not before its time; each tick at one of the fixed times. */
static void fixed_times(void)
{
	uint64_t ns = 50000000, start;
	struct telemetry_measurement m = telemetry_poll_call("w", work, &ns);
	struct telemetry_poller_options o = with(&m, 1, 20);
	struct telemetry_poller_info info;
	unsigned int i;
	int handle;

	o.init_delay_ms = 50;
	start = monotonic();
	handle = telemetry_poller_start(&o);
	WAIT_FOR(__atomic_load_n(&timed, __ATOMIC_ACQUIRE) >= 4);
	info = info_of(handle);
	CHECK(telemetry_poller_stop(handle) == 0);
	CHECK(times[0] >= start + 50000000);
	for (i = 1; i < 4; i++)
		CHECK(times[i] >= times[i - 1] + ns);
	/* 50 ms of work take more than one period: every tick misses one. */
	CHECK(info.ticks >= 4 && info.skipped >= info.ticks - 1);
	/* All of them together are what went by. */
	CHECK((info.ticks + info.skipped - 1) * 20000000 <=
	      monotonic() - start - 50000000);
}

/* P29: stopped for a while, one tick and no burst. */
static void stopped(void)
{
	struct telemetry_measurement m = telemetry_poll_call("c", call, &calls);
	struct telemetry_poller_options o = with(&m, 1, 10);
	uint64_t end, at;
	unsigned int before, after;
	int handle, status;
	pid_t pid = getpid(), helper;

	calls = 0;
	handle = telemetry_poller_start(&o);
	WAIT_FOR(now_called(&calls) >= 2);
	before = now_called(&calls);
	at = monotonic();
	helper = fork();
	if (helper == 0) {
		kill(pid, SIGSTOP);
		for (end = monotonic() + 300000000; monotonic() < end;)
			hazard_pause();
		kill(pid, SIGCONT);
		_exit(0);
	}
	CHECK(waitpid(helper, &status, 0) == helper);
	CHECK(monotonic() - at >= 300000000);
	/* 30 or more were due; the poller may be back after us. */
	WAIT_FOR(info_of(handle).skipped >= 20);
	after = now_called(&calls);
	CHECK(after - before <= (monotonic() - at) / 10000000 - 20);
	CHECK(telemetry_poller_stop(handle) == 0);
}

static void parity(void)
{
	bad_options();
	bad_measurements();
	names();
	in_order();
	empty();
	failures();
	fixed_times();
	stopped();
	/* No poller, no thread. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}
