/*
 * grow.c - a program for tests of what grows: does the same again and again in
 * rounds, and says after the first round and after the last one what memory it
 * has and what its segment has.
 *
 *   grow events N THREADS    N events in all, half of them spans
 *   grow turns N ALIVE       N threads, ALIVE of them at a time, 20 events each; one
 *                            after the other, so that none keeps another waiting
 *   grow rush N ALIVE        the same, and ALIVE of them at the same moment
 *   grow crowd N             N threads, one after the other, that all stay; 20 events each
 *   grow series N THREADS    each thread has an event for each of N tags
 *   grow cycle N SERIES      N events in turn of so many tags, once all are there
 *   grow processes N ALIVE   N children, ALIVE of them at a time, 20 each; waits
 *                            for a byte when the first are there, when they
 *                            have ended, and at the end
 *   grow pace ROUNDS N       N events a round, half of them spans, half of them of
 *                            as many tags; then 20 ms of rest; waits for a byte
 *                            after half of the rounds, and at the end
 *
 * The events are `grow.event` and the spans `grow.span`.  Prints "first" or
 * "last", resident memory, private memory and the segment, all in KiB.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

#define THREADS_MAX 10000
#define STACK (64 << 10)

struct worker {
	pthread_t thread;
	long first, count, times;
	sem_t leave;
};

static struct worker workers[THREADS_MAX];
static pthread_barrier_t begin, end;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- what there is ------------------------------------------------------ */

static long figure(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? atol(found + strlen(name)) : -1;
}

static long segment_kib(void)
{
	char pattern[PATH_MAX];
	struct stat st;
	long sum = 0;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*/%d.*",
		 getenv("TELEMETRY_DIR") ? getenv("TELEMETRY_DIR") : "/",
		 getpid());
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++)
		if (!stat(found.gl_pathv[i], &st))
			sum += st.st_blocks / 2;
	globfree(&found);
	return sum;
}

static void show(const char *when)
{
	char text[4096] = "";
	int fd = open("/proc/self/smaps_rollup", O_RDONLY);
	long private;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die("smaps_rollup");
	close(fd);
	private = figure(text, "Private_Dirty:");
	printf("%s %ld %ld %ld\n", when, figure(text, "Rss:"), private,
	       segment_kib());
	fflush(stdout);
}

/* ---- what is done ------------------------------------------------------- */

static void emit(long number)
{
	struct telemetry_field amount = telemetry_i64("amount", 1);
	struct telemetry_field tag = telemetry_i64("number", number);

	telemetry_execute("grow.event", &amount, 1, &tag, 1);
}

static void pass(void)
{
	struct telemetry_span span;

	telemetry_span_begin(&span, "grow.span", NULL, 0);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
}

static void some(long count)
{
	for (; count > 0; count--) {
		emit(0);
		pass();
	}
}

/* All begin when all are there, and end when all are done. */
static void *work(void *arg)
{
	const struct worker *w = arg;
	long i, time;

	pthread_barrier_wait(&begin);
	for (time = 0; time < w->times; time++) {
		/* What is new takes locks: nobody else is to wait for them. */
		if (time == 0)
			pthread_mutex_lock(&turn);
		for (i = 0; i < w->count; i++)
			emit(w->first + i);
		if (time == 0)
			pthread_mutex_unlock(&turn);
	}
	if (w->times == 0)
		some(w->count);
	pthread_barrier_wait(&end);
	return NULL;
}

static int start(struct worker *w, void *(*run)(void *))
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	return pthread_create(&w->thread, &attr, run, w) == 0;
}

/* Threads of the same work; false: the machine has no room for so many. */
static int together(int threads, struct worker like)
{
	int i;

	if (threads < 1 || threads > THREADS_MAX)
		exit(2);
	pthread_barrier_init(&begin, NULL, (unsigned int)threads + 1);
	pthread_barrier_init(&end, NULL, (unsigned int)threads + 1);
	for (i = 0; i < threads; i++) {
		workers[i] = like;
		if (!start(&workers[i], work))
			return 0;
	}
	pthread_barrier_wait(&begin);
	pthread_barrier_wait(&end);
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	return 1;
}

/* A hundredth of it, and then the rest. */
static void events(long count, int threads)
{
	long each = count / 2 / threads;

	together(threads, (struct worker){ .count = each / 100 });
	show("first");
	together(threads, (struct worker){ .count = each - each / 100 });
	show("last");
}

static void *visit(void *arg)
{
	struct worker *w = arg;

	some(10);
	sem_post(&done);
	sem_wait(&w->leave);
	return NULL;
}

/* So many come, and then one after the other goes. */
static void one_by_one(int threads)
{
	int i;

	sem_init(&done, 0, 0);
	for (i = 0; i < threads; i++) {
		sem_init(&workers[i].leave, 0, 0);
		if (!start(&workers[i], visit))
			die("pthread_create");
		sem_wait(&done);
	}
	for (i = 0; i < threads; i++) {
		sem_post(&workers[i].leave);
		pthread_join(workers[i].thread, NULL);
	}
}

static void turns(long count, int alive, int at_once)
{
	long done;

	for (done = 0; done < count; done += alive) {
		if (!at_once)
			one_by_one(alive);
		else if (!together(alive, (struct worker){ .count = 10 }))
			die("pthread_create");
		if (done == 0)
			show("first");
	}
	show("last");
}

static void *stay(void *unused)
{
	int i;

	for (i = 0; i < 20; i++)
		emit(0);
	sem_post(&done);
	pthread_barrier_wait(&end);
	return unused;
}

static void crowd(int threads)
{
	int i;

	sem_init(&done, 0, 0);
	pthread_barrier_init(&end, NULL, (unsigned int)threads + 1);
	show("first");
	for (i = 0; i < threads; i++) {
		if (!start(&workers[i], stay)) {
			puts("no room for so many threads");
			fflush(stdout);
			_exit(77);
		}
		sem_wait(&done);
	}
	show("last");
	pthread_barrier_wait(&end);
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

static void series(long count, int threads)
{
	together(threads, (struct worker){ .count = count, .times = 1 });
	show("first");
	together(threads, (struct worker){ .count = count, .times = 9 });
	show("last");
}

static void cycle(long count, long tags)
{
	long i;

	for (i = 0; i < tags; i++)
		emit(i);
	for (i = 0; i < count; i++)
		emit(i % tags);
}

static void child(int ready, int go)
{
	char byte = 0;

	some(10);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
		_exit(1);
	_exit(0);
}

/* Until somebody writes a byte: then the exporter has had its time. */
static void rest(void)
{
	char byte;

	if (read(0, &byte, 1) != 1)
		exit(1);
}

/* So many are there at once; then all end, the first ones when they are told
 * to. */
static void wave(int alive, int is_first)
{
	int ready[2], go[2], i, status;
	char byte;

	if (pipe(ready) || pipe(go))
		die("pipe");
	for (i = 0; i < alive; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			close(go[1]);
			child(ready[1], go[0]);
		}
	}
	for (i = 0; i < alive; i++)
		if (read(ready[0], &byte, 1) != 1)
			die("read");
	if (is_first)
		rest();
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	close(ready[1]);
	while (wait(&status) > 0)
		if (status)
			exit(1);
}

static void processes(long count, int alive)
{
	long done;

	for (done = 0; done < count; done += alive) {
		wave(alive, done == 0);
		if (done == 0) {
			rest();
			show("first");
		}
	}
	rest();
	show("last");
}

static void round_of(long count)
{
	long number;

	for (number = 0; number < count / 2; number++) {
		emit(number);
		pass();
	}
	poll(NULL, 0, 20);
}

static void pace(long rounds, long count)
{
	long i;

	for (i = 0; i < rounds / 2; i++)
		round_of(count);
	rest();
	show("first");
	for (; i < rounds; i++)
		round_of(count);
	show("last");
	rest();
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0, m = argc > 3 ? atol(argv[3]) : 0;

	if (!strcmp(what, "events"))
		events(n, (int)m);
	else if (!strcmp(what, "turns"))
		turns(n, (int)m, 0);
	else if (!strcmp(what, "rush"))
		turns(n, (int)m, 1);
	else if (!strcmp(what, "crowd"))
		crowd((int)n);
	else if (!strcmp(what, "series"))
		series(n, (int)m);
	else if (!strcmp(what, "cycle"))
		cycle(n, m);
	else if (!strcmp(what, "processes"))
		processes(n, (int)m);
	else if (!strcmp(what, "pace"))
		pace(n, m);
	else
		return 2;
	return 0;
}
