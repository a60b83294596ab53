/*
 * arena_borrow.c - pages for a look at segments, which are given back after it.
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

static size_t borrow_limit = LIMIT;
static size_t borrowed;
static void *kept[KEPT]; /* NULL: room for one */

static size_t page_round(size_t size)
{
	return (size + SEGMENT_PAGE - 1) & ~(size_t)(SEGMENT_PAGE - 1);
}

static void *map_any(size_t size)
{
	return sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void *kept_take(size_t size)
{
	void *memory = NULL;
	int i;

	for (i = 0; i < KEPT && !memory; i++)
		if (load_relaxed(&kept[i]))
			/* Pairs with kept_put(). */
			memory = __atomic_exchange_n(&kept[i], NULL,
						     __ATOMIC_ACQUIRE);
	if (memory)
		memset(memory, 0, size);
	return memory;
}

static bool kept_put(void *memory)
{
	void *none;
	int i;

	for (i = 0; i < KEPT; i++) {
		none = NULL;
		/* Pairs with kept_take(). */
		if (__atomic_compare_exchange_n(&kept[i], &none, memory, false,
						__ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void arena_trim(void)
{
	void *memory;
	int i;

	for (i = 0; i < KEPT; i++) {
		/* Pairs with kept_put(). */
		memory = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
		if (memory)
			sys_munmap(memory, KEPT_SIZE);
	}
}

static void *borrow_small(size_t size)
{
	void *memory = kept_take(size);

	return memory ? memory : map_any(KEPT_SIZE);
}

void *arena_borrow(size_t size)
{
	void *memory = NULL;

	if (size > (size_t)PTRDIFF_MAX - SEGMENT_PAGE)
		return NULL;
	size = page_round(size);
	if (add_relaxed(&borrowed, size) + size <= load_relaxed(&borrow_limit))
		memory = size > KEPT_SIZE ? map_any(size) : borrow_small(size);
	if (memory)
		return memory;
	__atomic_fetch_sub(&borrowed, size, __ATOMIC_RELAXED);
	return NULL;
}

void arena_give_back(void *memory, size_t size)
{
	if (!memory)
		return;
	size = page_round(size);
	if (size > KEPT_SIZE)
		sys_munmap(memory, size);
	else if (!kept_put(memory))
		sys_munmap(memory, KEPT_SIZE);
	__atomic_fetch_sub(&borrowed, size, __ATOMIC_RELAXED);
}

size_t arena_borrowed(void)
{
	return load_relaxed(&borrowed);
}

void arena_set_borrow_limit(size_t bytes)
{
	store_relaxed(&borrow_limit, bytes);
}
