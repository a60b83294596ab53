/*
 * H37: a program that brings its own malloc keeps it: no name of the family
 * may reach libc's heap with a pointer of the program's, and no event is
 * emitted for an allocator that is not seen whole.
 *
 * Technique: at init the shim looks whether malloc resolves to its wrapper and
 * whether the originals come from one object; if not, the heap family is off.
 *
 * modes: record events
 */
#include "hazard.h"

#include <malloc.h>

/* A bump allocator with a mark in front of each block. */
#define MARK 0x6d796f776e6d616cull
static char arena[16 << 20] __attribute__((aligned(64)));
static size_t used;
static unsigned long mine, foreign;
static void *volatile kept;

struct header {
	unsigned long mark;
	size_t size;
};

void *malloc(size_t size)
{
	size_t need = sizeof(struct header) + ((size + 15) & ~15ul);
	size_t at = __atomic_fetch_add(&used, need, __ATOMIC_RELAXED);
	struct header *header = (void *)(arena + at);

	if (at + need > sizeof(arena)) {
		errno = ENOMEM;
		return NULL;
	}
	header->mark = MARK;
	header->size = size;
	mine++;
	return header + 1;
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size);
}

static bool is_mine(void *p)
{
	return (char *)p > arena && (char *)p < arena + sizeof(arena) &&
	       ((struct header *)p)[-1].mark == MARK;
}

void free(void *p)
{
	if (p && !is_mine(p))
		foreign++;
}

void *realloc(void *p, size_t size)
{
	void *new = malloc(size);

	if (p && !is_mine(p))
		foreign++;
	else if (p && new)
		memcpy(new, p,
		       ((struct header *)p)[-1].size < size
			       ? ((struct header *)p)[-1].size
			       : size);
	return new;
}

int main(void)
{
	unsigned long events = 0, before;
	char *line = NULL;
	size_t size = 0;
	FILE *file;
	int i;

	listen_to_span("libc.heap.alloc", count_event, &events);
	listen_to_span("libc.heap.free", count_event, &events);
	before = mine;
	for (i = 0; i < 100; i++)
		free(realloc(malloc(10), 100));
	printf("%lu allocations\n", mine - before);
	file = fopen("/proc/self/status", "re");
	CHECK(file && getline(&line, &size, file) > 0);
	free(line);
	fclose(file);
	free(strdup("text"));
	/* libc's, as the program has none; it can only be kept. */
	kept = aligned_alloc(64, 128);
	CHECK(kept);
	printf("%lu foreign blocks\n", foreign);
	CHECK(events == 0);
	return hazard_end();
}
