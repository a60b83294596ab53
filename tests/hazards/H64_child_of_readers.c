/*
 * H64: the child of a fork inherits liburcu's readers of threads that do not
 * exist in it: a grace period in the child must end.
 *
 * Technique: urcu_bp_before_fork and its partners in the atfork handlers; the
 * child of a raw fork frees nothing and waits for nobody.
 *
 * modes: record
 */
#include "hazard_net.h"

#include <sys/wait.h>

#define THREADS 4

static _Atomic bool stopping;
static _Atomic int inside;
static unsigned long seen;

/* Most of the time some thread is in a read section while we fork. */
static int slow(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *metadata, void *config)
{
	int i;

	inside++;
	for (i = 0; i < 2000; i++)
		__asm__ volatile("");
	inside--;
	return count_event(event, m, metadata, config);
}

static void *thread_main(void *arg)
{
	while (!atomic_load(&stopping)) {
		telemetry_execute("hazard.busy", NULL, 0, NULL, 0);
		free(malloc(10));
	}
	return arg;
}

static void child(bool raw)
{
	unsigned long before = seen;

	if (shimmed()) {
		telemetry_execute("hazard.busy", NULL, 0, NULL, 0);
		CHECK(seen == before + 1);
		CHECK(!telemetry_attach("child", "hazard.busy", count_event,
					&seen));
		CHECK(!telemetry_detach_wait("child"));
		CHECK(!telemetry_detach_wait("hazard-1"));
		before = seen;
		telemetry_execute("hazard.busy", NULL, 0, NULL, 0);
		CHECK(seen == before);
	}
	_exit(raw ? 8 : 9);
}

static void run(bool raw)
{
	pid_t pid;
	int status, tries;

	for (tries = 0; shimmed() && !atomic_load(&inside); tries++)
		CHECK(tries < 1000000000);
	pid = raw ? (pid_t)syscall(SYS_fork) : fork();
	CHECK(pid >= 0);
	if (pid == 0)
		child(raw);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == (raw ? 8 : 9) << 8);
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	listen_to("hazard.busy", slow, &seen);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_main, NULL);
	for (i = 0; i < 40; i++)
		run(i & 1);
	atomic_store(&stopping, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return hazard_end();
}
