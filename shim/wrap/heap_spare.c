/*
 * heap_spare.c - memory for what libc does in our stead (runtime/spawn.c), when
 * the host's heap may be in pieces.
 *
 * What is allocated so is given back or made larger anywhere: the loader does
 * that with a new thread's table, and a profiler's pthread_create() with what
 * it hands to its thread.  So the originals behind the wrappers are replaced by
 * functions that know such blocks, of which there are a few.  Calls cost
 * nothing more until then, which is the end of the process.
 */
#include "base/arena.h"
#include "base/thread.h"
#include "wrap/elf.h"
#include "wrap/expand.h"
#include "wrap/heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALIGNED 16 /* as all that is of the arena */

/* In front of a block. */
struct spare {
	struct spare *next;
	size_t size;
};

_Static_assert(sizeof(struct spare) % ALIGNED == 0, "blocks are aligned");

static struct spare *spares;

void *heap_spare(size_t alignment, size_t size)
{
	size_t more = sizeof(struct spare), total;
	struct spare *spare;
	uintptr_t at;

	if (alignment > ALIGNED)
		more += alignment;
	if (alignment & (alignment - 1) ||
	    __builtin_add_overflow(size, more, &total))
		return NULL;
	at = (uintptr_t)arena_alloc(total);
	if (!at)
		return NULL;
	at += sizeof(struct spare);
	if (alignment > ALIGNED)
		at = (at + alignment - 1) & ~(uintptr_t)(alignment - 1);
	spare = (struct spare *)at - 1;
	spare->size = size;
	/* Only one task of a process is in another one's place. */
	spare->next = spares;
	/* Pairs with find(). */
	store_release(&spares, spare);
	return (void *)at;
}

static const struct spare *find(const void *block)
{
	/* Pairs with heap_spare(). */
	const struct spare *s = load_acquire(&spares);

	while (s && s + 1 != block)
		s = s->next;
	return s;
}

static bool is_borrowed(void)
{
	return thread_self.state == THREAD_BORROWED;
}

static void *spare(size_t alignment, size_t size)
{
	void *block = heap_spare(alignment, size);

	if (!block)
		errno = ENOMEM;
	return block;
}

/* Pairs with wrap_replace(): who was called instead of it finds it. */
#define ORIGINAL(fn)                                                           \
	(__atomic_thread_fence(__ATOMIC_ACQUIRE), load_relaxed(&next_##fn))

/* `instead` is what one gets who is THREAD_BORROWED. */
#define SPARES(type, fn, instead, ...)                                         \
	static __typeof__(&fn) next_##fn;                                      \
	static type spare_##fn(PARAMS(__VA_ARGS__))                            \
	{                                                                      \
		if (unlikely(is_borrowed()))                                   \
			return instead;                                        \
		return ORIGINAL(fn)(ARGS(__VA_ARGS__));                        \
	}

#define PAGE ((size_t)getpagesize())
SPARES(void *, malloc, spare(1, size), (size_t, size))
SPARES(void *, calloc, spare(1, heap_product(number, size)), (size_t, number),
       (size_t, size))
SPARES(void *, memalign, spare(alignment, size), (size_t, alignment),
       (size_t, size))
SPARES(void *, aligned_alloc, spare(alignment, size), (size_t, alignment),
       (size_t, size))
SPARES(void *, valloc, spare(PAGE, size), (size_t, size))
SPARES(void *, pvalloc, spare(PAGE, size), (size_t, size))

static int aligned_spare(void **result, size_t alignment, size_t size)
{
	void *block;

	if (alignment < sizeof(void *) || alignment & (alignment - 1))
		return EINVAL;
	block = heap_spare(alignment, size);
	if (!block)
		return ENOMEM;
	*result = block;
	return 0;
}

SPARES(int, posix_memalign, aligned_spare(result, alignment, size),
       (void **, result), (size_t, alignment), (size_t, size))

static size_t (*next_usable_size)(void *);

static size_t usable_size(void *block)
{
	const struct spare *s = find(block);

	if (likely(!s))
		return ORIGINAL(usable_size)(block);
	return s->size;
}

/* The old one stays. */
static void *copied(void *old, size_t size)
{
	void *block = is_borrowed() ? spare(1, size) : ORIGINAL(malloc)(size);
	size_t usable = old ? usable_size(old) : 0;

	if (block && old)
		memcpy(block, old, usable < size ? usable : size);
	return block;
}

#define RESIZES(fn, total, ...)                                                \
	static __typeof__(&fn) next_##fn;                                      \
	static void *spare_##fn(PARAMS(__VA_ARGS__))                           \
	{                                                                      \
		if (unlikely(is_borrowed()) || unlikely(find(old) != NULL))    \
			return copied(old, total);                             \
		return ORIGINAL(fn)(ARGS(__VA_ARGS__));                        \
	}

RESIZES(realloc, size, (void *, old), (size_t, size))
RESIZES(reallocarray, heap_product(number, size), (void *, old),
	(size_t, number), (size_t, size))

static __typeof__(&free) next_free;

static void spare_free(void *block)
{
	if (likely(!is_borrowed()) && likely(!find(block)))
		ORIGINAL(free)(block);
}

#define REPLACE(fn) wrap_replace(#fn, (void *)spare_##fn, (void **)&next_##fn)

void heap_spare_begin(void)
{
	/* One that is not counted may be several, with blocks of which nobody
	 * knows the size; and it is used as on any other day (spawn.c). */
	if (!load_relaxed(&heap_counting))
		return;
	next_usable_size =
		(size_t(*)(void *))(uintptr_t)elf_next("malloc_usable_size");
	/* Pairs with usable_size(). */
	store_release(&heap_usable_size, usable_size);
	REPLACE(malloc);
	REPLACE(calloc);
	REPLACE(memalign);
	REPLACE(aligned_alloc);
	REPLACE(valloc);
	REPLACE(pvalloc);
	REPLACE(posix_memalign);
	REPLACE(realloc);
	REPLACE(reallocarray);
	REPLACE(free);
}
