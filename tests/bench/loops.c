/*
 * loops.c NAME COUNT [N] - nanoseconds of one operation, in the fastest tenth of
 * batches of COUNT of them at full pace (pace.h); then how many batches those
 * were, and how many there were in all.  The host program of most rows of
 * `make bench`; it runs with and without the shim.  N is the loop's parameter:
 * threads, handlers, series.
 */
#define _GNU_SOURCE
#include "../lib/operations.h"
#include "pace.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

#define BATCHES 24
#define SECONDS 1.5
#define THREADS_MAX 64

static int pair[2], pipes[2], tcp[2];
static sqlite3_stmt *statement;
static int parameter, stopping;

/* ---- operations ------------------------------------------------------- */

static void heap(long i)
{
	void *volatile block = malloc(16 + (size_t)(i & 255));

	free(block);
}

static void over_unix(long i)
{
	(void)i;
	exchange(pair[0], pair[1]);
}

static void over_tcp(long i)
{
	(void)i;
	exchange(tcp[0], tcp[1]);
}

static void over_pipe(long i)
{
	char bytes[64] = { 0 };

	(void)i;
	if (write(pipes[1], bytes, sizeof(bytes)) != sizeof(bytes) ||
	    read(pipes[0], bytes, sizeof(bytes)) != sizeof(bytes))
		die("write or read");
}

static void span(long i)
{
	(void)i;
	pass_span("bench.span");
}

/* One of so many series as the parameter says. */
static void series(long i)
{
	struct telemetry_field amount = telemetry_i64("amount", 1);
	struct telemetry_field number = telemetry_i64("number", i % parameter);

	telemetry_execute("bench.series", &amount, 1, &number, 1);
}

static void query(long i)
{
	(void)i;
	run_query(statement);
}

static void fork_exec(long i)
{
	int status;
	pid_t pid = fork();

	(void)i;
	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die("fork or exec");
}

static void attach_detach(long i)
{
	(void)i;
	if (telemetry_attach("bench", "bench.span.stop", look, NULL) != 0 ||
	    telemetry_detach_wait("bench") != 0)
		die("telemetry_attach");
}

/* ---- preparation ------------------------------------------------------ */

static void make_pair(void)
{
	unix_pair(pair);
}

static void make_tcp(void)
{
	tcp_pair(tcp);
}

static void make_query(void)
{
	statement = prepare_query();
}

static void make_pipe(void)
{
	if (pipe(pipes))
		die("pipe");
}

/* As many as the parameter says, at the end of the span or at its start. */
static void attach_stop(void)
{
	attach_looks("bench.span.stop", parameter);
}

static void attach_start(void)
{
	attach_looks("bench.span.start", parameter);
}

static void *keep_busy(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED))
		span(0);
	return NULL;
}

static void make_load(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, keep_busy, NULL))
		die("pthread_create");
}

/* ---- loops ------------------------------------------------------------ */

/* per: what COUNT counts are pairs, and each half is a call. */
static const struct loop {
	const char *name;
	void (*go)(long);
	void (*prepare)(void);
	int per;
} loops[] = {
	{ "heap", heap, NULL, 2 },
	{ "unix", over_unix, make_pair, 2 },
	{ "tcp", over_tcp, make_tcp, 2 },
	{ "pipe", over_pipe, make_pipe, 2 },
	{ "span", span, attach_stop, 1 },
	{ "span-start", span, attach_start, 1 },
	{ "series", series, NULL, 1 },
	{ "query", query, make_query, 1 },
	{ "fork", fork_exec, pace_stay, 1 },
	{ "attach", attach_detach, make_load, 1 },
	{ "threads", heap, NULL, 2 },
};

struct work {
	pthread_t thread;
	const struct loop *loop;
	clockid_t clock;
	long count;
	struct pace pace;
};

static void *batches(void *arg)
{
	struct work *w = arg;
	double begin;
	long i;

	pace_begin(&w->pace, w->clock, BATCHES, SECONDS);
	while (pace_goes_on(&w->pace)) {
		begin = pace_ns(w->clock);
		for (i = 0; i < w->count; i++)
			w->loop->go(i);
		pace_add(&w->pace, (pace_ns(w->clock) - begin) /
					   (double)(w->count * w->loop->per));
	}
	return NULL;
}

static struct work work[THREADS_MAX];

/* Of each thread's processor time: with more threads than processors the wall
 * clock would show the scheduler. */
static double in_threads(const struct loop *loop, long count, int threads)
{
	double sum = 0;
	int i;

	for (i = 0; i < threads; i++) {
		work[i].loop = loop;
		work[i].count = count;
		work[i].clock = CLOCK_THREAD_CPUTIME_ID;
		if (pthread_create(&work[i].thread, NULL, batches, &work[i]))
			die("pthread_create");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(work[i].thread, NULL);
		sum += pace_figure(&work[i].pace);
	}
	return sum / threads;
}

static double run(const struct loop *loop, long count)
{
	if (loop->prepare)
		loop->prepare();
	if (!strcmp(loop->name, "threads"))
		return in_threads(loop, count, parameter);
	work->loop = loop;
	work->count = count;
	work->clock = CLOCK_MONOTONIC;
	batches(work);
	__atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
	return pace_figure(&work->pace);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 3)
		return 2;
	parameter = argc > 3 ? atoi(argv[3]) : 0;
	if (parameter < 0 ||
	    (parameter > THREADS_MAX && strcmp(argv[1], "series") != 0) ||
	    (parameter == 0 && !strcmp(argv[1], "series")))
		return 2;
	for (i = 0; i < sizeof(loops) / sizeof(loops[0]); i++)
		if (!strcmp(loops[i].name, argv[1])) {
			double figure = run(&loops[i], atol(argv[2]));

			printf("%.3f %d %d\n", figure, work->pace.quiet,
			       work->pace.count);
			return 0;
		}
	fprintf(stderr, "%s: no such loop\n", argv[1]);
	return 2;
}
