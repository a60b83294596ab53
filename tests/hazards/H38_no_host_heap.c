/*
 * H38: the shim never uses the host's heap: a library behind it owns malloc and
 * counts what each thread calls.  Behind, since by -Bsymbolic the shim would call
 * its own wrappers, and those what comes next; and it counts all calls, since
 * libc's functions would be what calls on the shim's behalf.
 *
 * With an argument it adds to that file what was called before main().
 *
 * Technique: base/arena.c; nothing below runtime/ names malloc, stdio, strdup,
 * getline, opendir or qsort.
 *
 * sibling: behind
 * modes: record events console
 */
#include "hazard_net.h"

#ifdef HAZARD_SIBLING

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);
unsigned long hazard_calls(void);

/* Of this thread. */
static __thread unsigned long calls __attribute__((tls_model("initial-exec")));

unsigned long hazard_calls(void)
{
	return calls;
}

void *malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	calls++;
	return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	calls++;
	return __libc_realloc(p, size);
}

void free(void *p)
{
	calls++;
	__libc_free(p);
}

#else

__attribute__((weak)) unsigned long hazard_calls(void);

static void *thread_main(void *arg)
{
	unsigned long before = hazard_calls();
	int pair[2], port, listener, fd, other;
	char byte = 'x';

	pair_of(pair);
	CHECK(send(pair[0], &byte, 1, 0) == 1);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
	listener = listen_tcp(&port);
	fd = connect_tcp(port);
	other = accept(listener, NULL, NULL);
	CHECK(other >= 0 && connect_unix("absent") < 0);
	close(fd);
	close(other);
	close(listener);
	close(pair[0]);
	close(pair[1]);
	free(malloc(10));
	before = hazard_calls() - before;
	CHECK(before >= 2);
	printf("calls of a thread: %lu\n", before);
	return arg;
}

static void note(const char *path, unsigned long before)
{
	FILE *file = fopen(path, "a");

	CHECK(file &&
	      fprintf(file, "%s %lu\n", getenv("HAZARD_MODE"), before) > 0);
	CHECK(file && fclose(file) == 0);
}

int main(int argc, char **argv)
{
	unsigned long seen = 0;
	pthread_t thread;

	CHECK(hazard_calls != NULL);
	if (argc > 1)
		note(argv[1], hazard_calls());
	listen_to_libc(count_event, &seen);
	thread_main(NULL);
	CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
	CHECK(!pthread_join(thread, NULL));
	if (shimmed()) {
		CHECK(seen > 0);
		CHECK(telemetry_detach_wait("hazard-1") == 0);
	}
	return hazard_end();
}

#endif
