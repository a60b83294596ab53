/*
 * H23: global-dynamic TLS in a malloc wrapper may call malloc.  After 120
 * libraries with TLS were opened, one allocation of the program is one
 * allocation of libc: counted by a library behind the shim.
 *
 * Technique: -ftls-model=initial-exec for everything in the shim;
 * scripts/check_binary.sh looks at the relocations.
 *
 * sibling: behind
 * modes: record
 */
#include "hazard.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define LIBRARIES 120

#ifdef HAZARD_SIBLING

extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *p, size_t size);
static unsigned long calls;	      /* one thread works at a time */
__thread char grown[64] = "not zero"; /* what the copies bring along */
unsigned long sibling_calls(void);

unsigned long sibling_calls(void)
{
	return calls;
}

void *malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void *realloc(void *p, size_t size)
{
	calls++;
	return __libc_realloc(p, size);
}

#else

__attribute__((weak)) unsigned long sibling_calls(void);
static pthread_barrier_t opened;
static void *volatile sink;

static void copy(const char *from, const char *to)
{
	struct stat st;
	int in = open(from, O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0700);

	CHECK(in >= 0 && out >= 0 && fstat(in, &st) == 0);
	CHECK(sendfile(out, in, NULL, (size_t)st.st_size) == st.st_size);
	close(in);
	close(out);
}

static void count_calls(const char *who)
{
	unsigned long before, first, second;

	before = sibling_calls();
	sink = malloc(10);
	first = sibling_calls() - before;
	sink = malloc(10);
	second = sibling_calls() - before - first;
	printf("%s: calls of libc: %lu, then %lu\n", who, first, second);
}

/* A thread that was there before: its table of TLS blocks is too short. */
static void *old_thread(void *arg)
{
	pthread_barrier_wait(&opened);
	pthread_barrier_wait(&opened);
	count_calls("old thread");
	return arg;
}

int main(void)
{
	Dl_info info;
	char name[64];
	pthread_t thread;
	int i;

	CHECK(sibling_calls != NULL);
	CHECK(dladdr((void *)sibling_calls, &info) != 0);
	pthread_barrier_init(&opened, NULL, 2);
	pthread_create(&thread, NULL, old_thread, NULL);
	pthread_barrier_wait(&opened);
	for (i = 0; i < LIBRARIES; i++) {
		void *handle;

		snprintf(name, sizeof(name), "./tls%d.so", i);
		copy(info.dli_fname, name);
		handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
		CHECK(handle && dlsym(handle, "grown"));
	}
	count_calls("main thread");
	pthread_barrier_wait(&opened);
	pthread_join(thread, NULL);
	shimmed();
	return hazard_end();
}

#endif
