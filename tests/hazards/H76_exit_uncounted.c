/*
 * H76, H37: the heap of a program is not counted, since its functions come from
 * two libraries, and no function tells the size of its blocks.  Whatever the
 * shim has libc do for its last report, such as pthread_create(), may use that
 * heap as on any other day.
 *
 * Technique: heap_spare.c leaves a heap alone that is not counted.  The sibling
 * owns the heap, and pthread_create(), as profilers do: it makes a block larger
 * that is older.  In front of each block is no memory.
 *
 * sibling: behind
 * modes: console
 */
#include "hazard_net.h"

typedef void (*notice_function)(void);
void hazard_notice(void);

#ifdef HAZARD_SIBLING

#include <dlfcn.h>
#include <sys/mman.h>

#define BYTE 0x5a
#define SIZE 3000
#define PAGE 4096
#define BLOCKS 4096

static struct {
	char *block;
	size_t size;
} blocks[BLOCKS];
static size_t block_count;

void hazard_notice(void)
{
}

void *malloc(size_t size)
{
	size_t i = __atomic_fetch_add(&block_count, 1, __ATOMIC_RELAXED);
	size_t need = (size + 2 * PAGE) & ~(size_t)(PAGE - 1);
	char *pages = mmap(NULL, PAGE + need, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (i >= BLOCKS || pages == MAP_FAILED ||
	    mprotect(pages + PAGE, need, PROT_READ | PROT_WRITE) < 0)
		hazard_failed(__FILE__, __LINE__, "memory");
	blocks[i].size = size;
	__atomic_store_n(&blocks[i].block, pages + PAGE, __ATOMIC_RELEASE);
	return pages + PAGE;
}

static size_t size_of(const char *block)
{
	size_t i;

	for (i = 0; i < BLOCKS; i++)
		if (__atomic_load_n(&blocks[i].block, __ATOMIC_ACQUIRE) ==
		    block)
			return blocks[i].size;
	hazard_failed(__FILE__, __LINE__, "a block that is not of this heap");
}

void free(void *p)
{
	if (p)
		size_of(p);
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size);
}

void *realloc(void *p, size_t size)
{
	size_t old = p ? size_of(p) : 0;
	void *new = malloc(size);

	return old ? memcpy(new, p, old < size ? old : size) : new;
}

static char *bytes;

__attribute__((constructor)) static void begin(void)
{
	bytes = memset(malloc(SIZE), BYTE, SIZE);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	static int (*original)(pthread_t *, const pthread_attr_t *,
			       void *(*)(void *), void *);
	size_t i;

	if (!original)
		*(void **)&original = dlsym(RTLD_NEXT, "pthread_create");
	bytes = realloc(bytes, 2 * SIZE);
	for (i = 0; i < SIZE; i++)
		CHECK(bytes[i] == BYTE);
	free(malloc(SIZE));
	return original(thread, attr, fn, arg);
}

#else

__attribute__((weak)) void hazard_notice(void);

int main(void)
{
	int pair[2];

	CHECK(hazard_notice != NULL);
	/* Something to report. */
	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	return hazard_end();
}

#endif
