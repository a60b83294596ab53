/*
 * H21: other libraries' constructors run before ours and already allocate,
 * connect, fork and start threads.
 *
 * Technique: wrappers pass through until the constructor has run; the pointer
 * of the original is found lazily and stored plainly.  -z initfirst puts this
 * library's constructor in front of every other one, libc's dependencies
 * included.
 *
 * modes: record console
 * library: -Wl,-z,initfirst
 */
#include "hazard_net.h"

#include <malloc.h>
#include <sys/wait.h>

void library_report(void);

#ifdef HAZARD_LIBRARY

static char report[200];
static int pair[2];

static void *thread_main(void *arg)
{
	char byte = 'x', *p = realloc(malloc(100), 5000);

	CHECK(p && send(pair[0], &byte, 1, 0) == 1);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
	free(p);
	return arg;
}

static int child(void)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		thread_main(NULL);
		_exit(7);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

__attribute__((constructor)) static void early(void)
{
	struct addrinfo;
	pthread_t thread;
	void *aligned = NULL;
	int failed, missing, status;

	pair_of(pair);
	free(calloc(10, 10));
	CHECK(posix_memalign(&aligned, 4096, 100) == 0);
	free(aligned);
	aligned = pvalloc(100);
	CHECK(aligned && (uintptr_t)aligned % (uintptr_t)getpagesize() == 0);
	free(aligned);
	aligned = valloc(100);
	CHECK(aligned && (uintptr_t)aligned % (uintptr_t)getpagesize() == 0);
	free(aligned);
	aligned = memalign(256, 100);
	CHECK(aligned && (uintptr_t)aligned % 256 == 0);
	free(aligned);
	aligned = aligned_alloc(512, 1024);
	CHECK(aligned && (uintptr_t)aligned % 512 == 0);
	free(aligned);
	failed = connect_unix("absent");
	missing = errno;
	thread_main(NULL);
	CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
	CHECK(!pthread_join(thread, NULL));
	status = child();
	close(pair[0]);
	close(pair[1]);
	snprintf(report, sizeof(report), "connect %d (%s), child %x\n", failed,
		 strerror(missing), (unsigned int)status);
}

void library_report(void)
{
	fputs(report, stdout);
}

#else

int main(void)
{
	unsigned long seen = 0;

	library_report();
	listen_to_libc(count_event, &seen);
	free(malloc(10));
	CHECK(!shimmed() || seen > 0);
	return hazard_end();
}

#endif
