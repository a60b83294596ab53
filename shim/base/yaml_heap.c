/*
 * yaml_heap.c - see yaml_heap.h.  Blocks know their size, which those of the
 * arena do not.
 */
#include "base/yaml_heap.h"

#include "base/arena.h"

#include <string.h>

#define HEAD 16 /* keeps the alignment */
#define SIZE_LIMIT (64u << 20)

void *yaml_heap_escape[5];

static size_t size_of(const void *block)
{
	size_t size;

	memcpy(&size, (const char *)block - HEAD, sizeof(size));
	return size;
}

void *yaml_heap_alloc(size_t size)
{
	char *block;

	if (size > SIZE_LIMIT)
		return NULL;
	size += HEAD;
	block = arena_alloc(size);
	if (!block)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + HEAD;
}

void yaml_heap_free(void *block)
{
	if (block)
		arena_free((char *)block - HEAD, size_of(block));
}

void *yaml_heap_resize(void *block, size_t size)
{
	void *other = yaml_heap_alloc(size);
	size_t old = block ? size_of(block) - HEAD : 0;

	if (other && block)
		memcpy(other, block, old < size ? old : size);
	if (other)
		yaml_heap_free(block);
	return other;
}

char *yaml_heap_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = yaml_heap_alloc(size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

size_t yaml_heap_read(void)
{
	return 0;
}

size_t yaml_heap_write(void)
{
	return 0;
}

int yaml_heap_error(void)
{
	return 1;
}

void yaml_heap_failed(void)
{
	__builtin_longjmp(yaml_heap_escape, 1);
}
