/*
 * host.c idle | load | series N | processes N - a program to be looked at from
 * outside: it does what its arguments say, prints "ready", and then rests until
 * its standard input ends.
 *
 *   load         a million heap calls and spans in each of eight threads
 *   series N     one event for each of N values of a tag
 *   processes N  so many processes in all, each with a few spans
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <telemetry/telemetry.h>
#include <unistd.h>

#define THREADS 8

static void emit(long i)
{
	struct telemetry_field amount = telemetry_i64("amount", 1);
	struct telemetry_field number = telemetry_i64("number", i);

	telemetry_execute("bench.series", &amount, 1, &number, 1);
}

static void *work(void *unused)
{
	struct telemetry_span span;
	void *volatile block;
	int i;

	(void)unused;
	for (i = 0; i < 125000; i++) {
		block = malloc(64);
		free(block);
		telemetry_span_begin(&span, "bench.span", NULL, 0);
		telemetry_span_end(&span, NULL, 0, NULL, 0);
	}
	return NULL;
}

static void load(void)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			exit(1);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* The children end with this process. */
static void processes(long count)
{
	long i;

	for (i = 1; i < count; i++) {
		switch (fork()) {
		case -1:
			perror("fork");
			exit(1);
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			emit(i % 10);
			for (;;)
				pause();
		}
	}
	emit(0);
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0, i;
	char byte;

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "load"))
		load();
	for (i = 0; i < n && !strcmp(argv[1], "series"); i++)
		emit(i);
	if (!strcmp(argv[1], "processes"))
		processes(n);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
