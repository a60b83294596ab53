/*
 * T38, T96, G25: before the shim's constructor, when it is switched off, after exit
 * has begun and in a signal handler: a defined answer, and never a crash.
 *
 * library: -Wl,-z,initfirst
 */
#ifdef HAZARD_LIBRARY
/* Its constructor runs before all others. */
#include <telemetry/telemetry.h>

int early_attach, early_detach, early_execute, early_span, early_list;

static int never(const char *event, const struct telemetry_fields *m,
		 const struct telemetry_fields *metadata, void *config)
{
	(void)event, (void)m, (void)metadata, (void)config;
	return 0;
}

static int give(void *arg)
{
	return *(int *)arg;
}

static int count(const struct telemetry_handler_info *info, void *arg)
{
	(void)info, (void)arg;
	return 1;
}

__attribute__((constructor)) static void early(void)
{
	int seven = 7;

	early_attach = telemetry_attach("early", "early.e", never, NULL);
	early_detach = telemetry_detach("early");
	early_execute = telemetry_execute("early.e", NULL, 0, NULL, 0);
	early_span = telemetry_span("early.op", NULL, 0, give, &seven);
	early_list = telemetry_list("", count, NULL);
}
#else
#include "parity.h"

#include <signal.h>
#include <sys/wait.h>

extern int early_attach, early_detach, early_execute, early_span, early_list;

static struct seen seen;
static unsigned long calls;

static int give(void *arg)
{
	return *(int *)arg;
}

static void too_early(void)
{
	CHECK(early_attach == -EAGAIN && early_detach == -EAGAIN);
	CHECK(early_execute == 0 && early_span == 7 && early_list == 0);
}

static void switched_off(void)
{
	struct telemetry_span span;
	int seven = 7;

	CHECK(telemetry_attach("off", "off.e", see, &seen) == -ENOSYS);
	CHECK(telemetry_attach("off", "off..e", see, &seen) == -EINVAL);
	CHECK(telemetry_detach("off") == -ENOSYS);
	CHECK(telemetry_detach_wait("off") == -ENOSYS);
	CHECK(execute("off.e") == 0 && execute("off..e") == -EINVAL);
	CHECK(listed("") == 0);
	CHECK(telemetry_span("off.op", NULL, 0, give, &seven) == 7);
	CHECK(telemetry_span_begin(&span, "off.op", NULL, 0) == 0);
	CHECK(telemetry_span_end(&span, NULL, 0, NULL, 0) == 0);
}

/* The program again, with the shim switched off. */
static void run_off(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("TELEMETRY_DISABLED", "true", 1);
		execl("/proc/self/exe", "off", NULL);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void on_signal(int number)
{
	struct telemetry_span span;

	(void)number;
	execute("signal.e");
	if (telemetry_span_begin(&span, "signal.op", NULL, 0) == 0)
		telemetry_span_end(&span, NULL, 0, NULL, 0);
}

static void in_signals(void)
{
	struct itimerspec every = { { 0, 50000 }, { 0, 50000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGALRM };
	timer_t timer;
	int i;

	listen_to("signal.e", count_event, &calls);
	listen_to_span("signal.op", count_event, &calls);
	signal(SIGALRM, on_signal);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &every, NULL));
	for (i = 0; i < 20000; i++) {
		CHECK(!telemetry_attach("busy", "signal.e", count_event,
					&calls));
		execute("signal.e");
		CHECK(!telemetry_detach("busy"));
	}
	timer_delete(timer);
	signal(SIGALRM, SIG_IGN);
	CHECK(calls >= 40000);
}

__attribute__((destructor)) static void late(void)
{
	struct telemetry_span span;

	if (!shimmed())
		return;
	execute("late.e");
	telemetry_span_begin(&span, "late.op", NULL, 0);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
	telemetry_attach("late", "late.e", see, &seen);
	execute("late.e");
	telemetry_detach_wait("late");
}

static void parity(void)
{
	const char *off = getenv("TELEMETRY_DISABLED");

	if (off) {
		switched_off();
		_exit(0);
	}
	too_early();
	in_signals();
	run_off();
}
#endif
