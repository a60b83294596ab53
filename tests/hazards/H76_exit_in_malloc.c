/*
 * H76, H38: a program ends by _exit() in the middle of malloc(), as a signal
 * handler does.  The heap is in pieces then: whatever the shim has libc do for
 * its last report, such as pthread_create(), may not touch it, and what libc
 * allocates for that instead may be given back anywhere.
 *
 * Technique: heap_spare.c.  The sibling owns the heap, with a mark in front of
 * each block, and pthread_create(), as profilers do: it allocates what its
 * thread gives back.
 *
 * sibling: behind
 * modes: record console
 */
#include "hazard.h"

#include <malloc.h>
#include <pthread.h>

typedef void (*interrupt_function)(void);
void hazard_interrupt(interrupt_function interrupt);

#ifdef HAZARD_SIBLING

#include <dlfcn.h>

#define MARK 0x6d796f776e6d616cull
#define BYTE 0x5a
#define SIZE 3000

struct header {
	unsigned long mark;
	size_t size;
};

static char arena[64 << 20] __attribute__((aligned(64)));
static size_t used;
static interrupt_function interrupted;
static __thread bool inside; /* malloc(), when it was interrupted */

__attribute__((noreturn)) static void broken(const char *what)
{
	hazard_failed(__FILE__, __LINE__, what);
}

static void *take(size_t alignment, size_t size)
{
	size_t need = sizeof(struct header) + alignment + size;
	size_t at = __atomic_fetch_add(&used, need, __ATOMIC_RELAXED);
	uintptr_t block = (uintptr_t)arena + at + sizeof(struct header);
	struct header *header;

	if (inside)
		broken("the heap is in pieces, and asked for memory");
	if (at + need > sizeof(arena))
		broken("memory");
	block = (block + alignment - 1) & ~(uintptr_t)(alignment - 1);
	header = (struct header *)block - 1;
	header->mark = MARK;
	header->size = size;
	return (void *)block;
}

static size_t size_of(void *p)
{
	const struct header *header = (struct header *)p - 1;

	if ((char *)p < arena || (char *)p >= arena + sizeof(arena) ||
	    header->mark != MARK)
		broken("a block that is not of this heap");
	return header->size;
}

void *malloc(size_t size)
{
	interrupt_function interrupt = interrupted;

	if (interrupt) {
		interrupted = NULL;
		inside = true;
		interrupt();
	}
	return take(16, size);
}

void *calloc(size_t count, size_t size)
{
	return take(16, count * size);
}

void free(void *p)
{
	if (!p)
		return;
	size_of(p);
	if (inside)
		broken("the heap is in pieces, and given a block");
	((struct header *)p)[-1].mark = 0;
}

void *realloc(void *p, size_t size)
{
	void *new = take(16, size);

	if (p) {
		memcpy(new, p, size_of(p) < size ? size_of(p) : size);
		free(p);
	}
	return new;
}

void *reallocarray(void *p, size_t count, size_t size)
{
	void *new = take(16, count * size);

	if (p)
		memcpy(new, p, size_of(p) < size ? size_of(p) : size);
	free(p);
	return new;
}

void *memalign(size_t alignment, size_t size)
{
	return take(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return take(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	*result = take(alignment, size);
	return 0;
}

void *valloc(size_t size)
{
	return take(4096, size);
}

void *pvalloc(size_t size)
{
	return take(4096, size);
}

size_t malloc_usable_size(void *p)
{
	return p ? size_of(p) : 0;
}

void hazard_interrupt(interrupt_function interrupt)
{
	interrupted = interrupt;
}

#define BLOCKS 10

struct start {
	void *(*run)(void *);
	void *arg;
	char *blocks[BLOCKS];
};

static char *filled(char *block, size_t alignment)
{
	CHECK(block && (uintptr_t)block % alignment == 0);
	return memset(block, BYTE, SIZE);
}

static void check(const char *block)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		CHECK(block[i] == BYTE);
}

static char *bytes;

__attribute__((constructor)) static void begin(void)
{
	bytes = filled(malloc(SIZE), 1);
}

static void fill(struct start *start)
{
	char **b = start->blocks;
	volatile size_t too_much = SIZE_MAX;
	void *aligned;

	b[0] = filled(malloc(SIZE), 16);
	b[1] = filled(calloc(1, SIZE), 16);
	b[2] = realloc(filled(malloc(SIZE), 16), 2 * SIZE);
	b[3] = reallocarray(filled(malloc(SIZE), 16), 3, SIZE);
	b[4] = filled(memalign(256, SIZE), 256);
	b[5] = filled(aligned_alloc(64, SIZE), 64);
	CHECK(posix_memalign(&aligned, 4096, SIZE) == 0);
	b[6] = filled(aligned, 4096);
	b[7] = realloc(bytes, SIZE); /* of the program */
	b[8] = filled(valloc(SIZE), 4096);
	b[9] = filled(pvalloc(SIZE), 4096);
	free(malloc(SIZE));
	if (inside) {
		CHECK(!malloc(too_much) && errno == ENOMEM);
		CHECK(posix_memalign(&aligned, 24, SIZE) == EINVAL);
		CHECK(posix_memalign(&aligned, 64, too_much) == ENOMEM);
	}
}

/* On the new thread, which has had a block of its own by then. */
static void *run(void *arg)
{
	struct start *start = arg, copy = *start;
	void *own = malloc(SIZE);
	size_t i;

	free(start);
	for (i = 0; i < BLOCKS; i++) {
		check(copy.blocks[i]);
		if (i % 2)
			copy.blocks[i] = realloc(copy.blocks[i], SIZE * 4);
		check(copy.blocks[i]);
		free(copy.blocks[i]);
	}
	free(own);
	return copy.run(copy.arg);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	static int (*original)(pthread_t *, const pthread_attr_t *,
			       void *(*)(void *), void *);
	struct start *start = malloc(sizeof(*start));

	if (!original)
		*(void **)&original = dlsym(RTLD_NEXT, "pthread_create");
	start->run = fn;
	start->arg = arg;
	fill(start);
	return original(thread, attr, run, start);
}

#else

__attribute__((weak)) void hazard_interrupt(interrupt_function interrupt);

static void leave(void)
{
	_exit(3);
}

int main(void)
{
	unsigned long seen = 0;

	CHECK(hazard_interrupt != NULL);
	/* Or this would show nothing. */
	listen_to("libc.heap.alloc.stop", count_event, &seen);
	free(malloc(10));
	CHECK(!shimmed() || seen > 0);
	hazard_end();
	hazard_interrupt(leave);
	free(malloc(10));
	return 4;
}

#endif
