/*
 * busy.c - a host program for tests of what is said of processes:
 *
 *   busy MS SLEEPS   uses the processor that long, in two threads, and goes to
 *                    sleep so often; then prints what getrusage() says:
 *                    user and system time in us, faults, context switches
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static long limit_ms;

static void *spin(void *arg)
{
	struct timespec ts;

	(void)arg;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	while (ts.tv_sec * 1000 + ts.tv_nsec / 1000000 < limit_ms / 2);
	return NULL;
}

int main(int argc, char **argv)
{
	struct timespec moment = { 0, 10000 };
	pthread_t thread;
	struct rusage r;
	long i;

	if (argc != 3)
		return 2;
	limit_ms = strtol(argv[1], NULL, 10);
	if (pthread_create(&thread, NULL, spin, NULL) ||
	    pthread_join(thread, NULL))
		return 3;
	spin(NULL);
	for (i = strtol(argv[2], NULL, 10); i > 0; i--)
		nanosleep(&moment, NULL);
	getrusage(RUSAGE_SELF, &r);
	printf("%ld %ld %ld %ld %ld %ld\n",
	       r.ru_utime.tv_sec * 1000000 + r.ru_utime.tv_usec,
	       r.ru_stime.tv_sec * 1000000 + r.ru_stime.tv_usec, r.ru_minflt,
	       r.ru_majflt, r.ru_nvcsw, r.ru_nivcsw);
	return 0;
}
