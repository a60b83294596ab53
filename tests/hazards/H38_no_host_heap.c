/*
 * H38: the shim never uses the host's heap: a library in front of it owns
 * malloc and looks at who calls.
 *
 * Technique: base/arena.c; nothing below runtime/ names malloc, stdio, strdup,
 * getline, opendir or qsort.
 *
 * sibling: front
 * modes: record events console
 */
#include "hazard_net.h"

#include <link.h>

#ifdef HAZARD_SIBLING

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);
unsigned long hazard_calls(bool from_shim);

static uintptr_t low, high;
static unsigned long calls[2];

/* The shim's bounds, from the file of this very process. */
static int find_shim(struct dl_phdr_info *info, size_t size, void *data)
{
	int i;

	(void)size;
	(void)data;
	if (!info->dlpi_name || !strstr(info->dlpi_name, "libtelemetry_shim"))
		return 0;
	low = info->dlpi_addr;
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			high = low + info->dlpi_phdr[i].p_vaddr +
			       info->dlpi_phdr[i].p_memsz;
	return 1;
}

static void note(const void *from)
{
	if (!low) {
		low = 1;
		dl_iterate_phdr(find_shim, NULL);
	}
	__atomic_fetch_add(&calls[high && (uintptr_t)from - low < high - low],
			   1, __ATOMIC_RELAXED);
}

unsigned long hazard_calls(bool from_shim)
{
	return calls[from_shim];
}

void *malloc(size_t size)
{
	note(__builtin_return_address(0));
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	note(__builtin_return_address(0));
	return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	note(__builtin_return_address(0));
	return __libc_realloc(p, size);
}

void free(void *p)
{
	note(__builtin_return_address(0));
	__libc_free(p);
}

#else

__attribute__((weak)) unsigned long hazard_calls(bool from_shim);

static void *thread_main(void *arg)
{
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
	return arg;
}

int main(void)
{
	unsigned long seen = 0;
	pthread_t thread;

	CHECK(hazard_calls != NULL);
	listen_to_libc(count_event, &seen);
	thread_main(NULL);
	CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
	CHECK(!pthread_join(thread, NULL));
	if (shimmed()) {
		CHECK(seen > 0);
		CHECK(telemetry_detach_wait("hazard-1") == 0);
	}
	free(malloc(10));
	CHECK(hazard_calls(false) > 0);
	printf("calls by the shim: %lu\n", hazard_calls(true));
	return hazard_end();
}

#endif
