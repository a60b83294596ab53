/*
 * arena_borrow.c - pages for a look at segments, which are given back after it,
 * or when there is nothing new any more.
 *
 * Not of the limit of what is recorded (arena.c).
 */
#include "base/arena.h"

#include "base/segment_file.h"
#include "base/sys.h"

#include <string.h>
#include <sys/mman.h>

#define LIMIT (1u << 30)
/* Of what is borrowed, blocks of at most this size are kept, a few: at each
 * look at many processes they come and go, and a page is soon cleared. */
#define KEPT_SIZE (64u << 10)
#define KEPT 4
/* Of scratch memory one block of each larger size, twice the one before, and
 * two of the largest, of which a batch has one: a page that has to be faulted
 * in at each look costs more than what is done with it. */
#define LARGER 4
#define LARGEST 2 /* the first of them */

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static size_t borrow_limit = LIMIT;
static size_t borrowed;
static void *kept[KEPT]; /* NULL: room for one */
static void *larger[LARGER];

static size_t page_round(size_t size)
{
	return (size + SEGMENT_PAGE - 1) & ~(size_t)(SEGMENT_PAGE - 1);
}

static void *map_any(size_t size)
{
	return sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* NULL: nothing there. */
static void *take(void **place)
{
	/* Pairs with put(). */
	return load_relaxed(place)
		       ? __atomic_exchange_n(place, NULL, __ATOMIC_ACQUIRE)
		       : NULL;
}

static bool put(void **place, void *memory)
{
	void *none = NULL;

	/* Pairs with take(). */
	return __atomic_compare_exchange_n(place, &none, memory, false,
					   __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

static void *take_small(void)
{
	void *memory = NULL;
	int i;

	for (i = 0; i < KEPT && !memory; i++)
		memory = take(&kept[i]);
	return memory;
}

static void put_small(void *memory)
{
	int i;

	for (i = 0; i < KEPT; i++)
		if (put(&kept[i], memory))
			return;
	sys_munmap(memory, KEPT_SIZE);
}

static size_t size_of_larger(int i)
{
	return (size_t)KEPT_SIZE << ((i < LARGEST ? i : LARGEST) + 1);
}

_Static_assert((size_t)KEPT_SIZE << (LARGEST + 1) == ARENA_SCRATCH_KEPT,
	       "what is kept is not what arena.h says");

static void *take_larger(int i)
{
	void *memory = take(&larger[i]);

	return memory || i != LARGEST ? memory : take(&larger[i + 1]);
}

static void put_larger(int i, void *memory)
{
	if (!put(&larger[i], memory) &&
	    (i != LARGEST || !put(&larger[i + 1], memory)))
		sys_munmap(memory, size_of_larger(i));
}

/* LARGER: not one that is kept. */
static int which_larger(size_t size)
{
	int i = 0;

	while (i < LARGER && size > size_of_larger(i))
		i++;
	return i;
}

void arena_trim(void)
{
	void *memory;
	int i;

	for (i = 0; i < KEPT; i++)
		if ((memory = take(&kept[i])))
			sys_munmap(memory, KEPT_SIZE);
	for (i = 0; i < LARGER; i++)
		if ((memory = take(&larger[i])))
			sys_munmap(memory, size_of_larger(i));
}

static void *borrow_small(size_t size, bool clear)
{
	void *memory = take_small();

	if (!memory)
		return map_any(KEPT_SIZE);
	return clear ? memset(memory, 0, size) : memory;
}

/* The child of a fork has no use for what is in it, and need not copy it. */
static void *borrow_larger(int i)
{
	void *memory = take_larger(i);

	if (memory)
		return memory;
	memory = map_any(size_of_larger(i));
	if (memory)
		sys_madvise(memory, size_of_larger(i), MADV_WIPEONFORK);
	return memory;
}

/* *size becomes what counts: the pages that may be touched, however many more
 * are mapped. */
static bool charge(size_t *size)
{
	if (*size > (size_t)PTRDIFF_MAX - SEGMENT_PAGE)
		return false;
	*size = page_round(*size);
	if (add_relaxed(&borrowed, *size) + *size <=
	    load_relaxed(&borrow_limit))
		return true;
	__atomic_fetch_sub(&borrowed, *size, __ATOMIC_RELAXED);
	return false;
}

static void *charged(void *memory, size_t size)
{
	if (!memory)
		__atomic_fetch_sub(&borrowed, size, __ATOMIC_RELAXED);
	return memory;
}

void *arena_borrow(size_t size)
{
	if (!charge(&size))
		return NULL;
	return charged(size > KEPT_SIZE ? map_any(size)
					: borrow_small(size, true),
		       size);
}

void arena_give_back(void *memory, size_t size)
{
	if (!memory)
		return;
	size = page_round(size);
	if (size > KEPT_SIZE)
		sys_munmap(memory, size);
	else
		put_small(memory);
	__atomic_fetch_sub(&borrowed, size, __ATOMIC_RELAXED);
}

void *arena_scratch(size_t size)
{
	int i;

	if (!charge(&size))
		return NULL;
	if (size <= KEPT_SIZE)
		return charged(borrow_small(size, false), size);
	i = which_larger(size);
	return charged(i < LARGER ? borrow_larger(i) : map_any(size), size);
}

void arena_scratch_done(void *memory, size_t size)
{
	int i = which_larger(page_round(size));

	if (!memory || page_round(size) <= KEPT_SIZE || i == LARGER) {
		arena_give_back(memory, size);
		return;
	}
	put_larger(i, memory);
	__atomic_fetch_sub(&borrowed, page_round(size), __ATOMIC_RELAXED);
}

size_t arena_borrowed(void)
{
	return load_relaxed(&borrowed);
}

void arena_set_borrow_limit(size_t bytes)
{
	store_relaxed(&borrow_limit, bytes);
}
