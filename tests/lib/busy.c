/*
 * busy.c - a host program for tests of what is said of processes:
 *
 *   busy MS SLEEPS   uses the processor that long from main() on, in two
 *                    threads, and goes to sleep so often; then prints what
 *                    getrusage() says: user and system time in us, faults,
 *                    context switches; and of /proc, if there is one, bytes of
 *                    memory, virtual and resident
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static long limit_ms;

/* AddressSanitizer reads its variables from /proc, and may not find one. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static long thread_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void *spin(void *arg)
{
	long begin = thread_us();

	while (thread_us() - begin < limit_ms * 1000 / 2)
		;
	return arg;
}

static void print_memory(void)
{
	long size = 0, resident = 0, page = sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%ld %ld", &size, &resident) == 2)
		printf(" %ld %ld", size * page, resident * page);
	if (f)
		fclose(f);
	putchar('\n');
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
	printf("%ld %ld %ld %ld %ld %ld",
	       r.ru_utime.tv_sec * 1000000 + r.ru_utime.tv_usec,
	       r.ru_stime.tv_sec * 1000000 + r.ru_stime.tv_usec, r.ru_minflt,
	       r.ru_majflt, r.ru_nvcsw, r.ru_nivcsw);
	print_memory();
	return 0;
}
