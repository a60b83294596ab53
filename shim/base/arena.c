/*
 * arena.c - blocks cut from chunks, one free list per power of two.
 *
 * Memory never goes back to the kernel except for big blocks and pages.  Every
 * change of the shared state is a single store, done when what it leads to is
 * complete: the child of a raw fork, which may see a change half done, finds
 * lists that are whole and at worst a block that nobody has.
 */
#include "base/arena.h"

#include "base/lock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"

#include <string.h>
#include <sys/mman.h>

#define CLASS_MIN 4  /* 16 bytes */
#define CLASS_MAX 15 /* 32 KiB; larger blocks are pages of their own */
#define CHUNK_SIZE (256u << 10)
#define CHUNK_MIN (64u << 10)
#define PAGE 4096u
#define LIMIT_DEFAULT (32u << 20)
/* Beyond the limit, for threads of ours. */
#define LIMIT_OURS (1u << 20)

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* An address sanitizer finds who uses what is free. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define arena_poison(p, size) ASAN_POISON_MEMORY_REGION(p, size)
#define arena_unpoison(p, size) ASAN_UNPOISON_MEMORY_REGION(p, size)
#else
#define arena_poison(p, size) ((void)0)
#define arena_unpoison(p, size) ((void)0)
#endif

struct block {
	struct block *next;
};

/* Stands at the beginning of its memory, so that changing to a new chunk is
 * one store. */
struct chunk {
	size_t size;
	size_t used;
};

/* Protects the chunk and the free lists. */
static struct lock lock = LOCK_INIT(LOCK_ARENA);
static struct chunk *chunk;
static struct block *blocks[CLASS_MAX + 1];

static size_t limit = LIMIT_DEFAULT;
static size_t used; /* bytes mapped, those of the segment included */
static uint64_t refused;

static void *refuse(void)
{
	add_relaxed(&refused, 1);
	return NULL;
}

static size_t page_round(size_t size)
{
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static unsigned int class_of(size_t size)
{
	if (size <= (1u << CLASS_MIN))
		return CLASS_MIN;
	return 64 - (unsigned int)__builtin_clzl(size - 1);
}

static size_t limit_here(void)
{
	size_t bytes = load_relaxed(&limit);

	return thread_self.state >= THREAD_OURS ? bytes + LIMIT_OURS : bytes;
}

bool arena_charge(size_t bytes, bool forced)
{
	if (add_relaxed(&used, bytes) + bytes <= limit_here() || forced)
		return true;
	arena_discharge(bytes);
	return false;
}

void arena_discharge(size_t bytes)
{
	__atomic_fetch_sub(&used, bytes, __ATOMIC_RELAXED);
}

/* Pages within the limit, or NULL.  Needs no lock. */
static void *map(size_t size)
{
	void *memory;

	if (!arena_charge(size, false))
		return NULL;
	memory = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!memory)
		arena_discharge(size);
	return memory;
}

static void unmap(void *memory, size_t size)
{
	sys_munmap(memory, size);
	arena_discharge(size);
}

static void push(unsigned int class, void *memory)
{
	struct block *block = memory;

	arena_unpoison(block, sizeof(*block));
	block->next = blocks[class];
	compiler_barrier();
	blocks[class] = block;
	arena_poison(block + 1, ((size_t)1 << class) - sizeof(*block));
}

/* What a chunk has from here to `end` becomes free blocks, each as large as it
 * can be where it begins. */
static void give_away(struct chunk *from, size_t end)
{
	while (end - from->used >= (size_t)1 << CLASS_MIN) {
		unsigned int class = (unsigned int)__builtin_ctzl(from->used);
		char *memory = (char *)from + from->used;

		while (class > CLASS_MAX ||
		       (size_t)1 << class > end - from->used)
			class --;
		from->used += (size_t)1 << class;
		push(class, memory);
	}
}

static bool new_chunk(void)
{
	size_t size = CHUNK_SIZE;
	struct chunk *fresh = map(size);

	if (!fresh) {
		size = CHUNK_MIN;
		fresh = map(size);
	}
	if (!fresh)
		return false;
	fresh->size = size;
	fresh->used = CACHE_LINE;
	if (chunk)
		give_away(chunk, chunk->size);
	compiler_barrier();
	chunk = fresh;
	return true;
}

/* The last resort: the beginning of a larger block. */
static void *split(unsigned int class)
{
	unsigned int larger = class + 1;
	char *memory;

	while (larger <= CLASS_MAX && !blocks[larger])
		larger++;
	if (larger > CLASS_MAX)
		return NULL;
	memory = (char *)blocks[larger];
	blocks[larger] = blocks[larger]->next;
	for (; larger > class; larger--)
		push(larger - 1, memory + ((size_t)1 << (larger - 1)));
	return memory;
}

/* Where a block of that size begins: one of a cache line or more at a line, one
 * of a page or more at a page. */
static size_t beginning(size_t size)
{
	size_t boundary = size >= PAGE	       ? PAGE
			  : size >= CACHE_LINE ? CACHE_LINE
					       : (size_t)1 << CLASS_MIN;

	return (chunk->used + boundary - 1) & ~(boundary - 1);
}

static void *cut(unsigned int class)
{
	const size_t size = (size_t)1 << class;
	char *memory;

	if ((!chunk || beginning(size) + size > chunk->size) && !new_chunk())
		return NULL;
	give_away(chunk, beginning(size));
	memory = (char *)chunk + chunk->used;
	chunk->used += size;
	return memory;
}

/* Under the lock.  *dirty: it was in use before, or in a free list. */
static void *take(unsigned int class, bool *dirty)
{
	struct block *block = blocks[class];
	void *fresh;

	*dirty = block != NULL;
	if (block) {
		blocks[class] = block->next;
		return block;
	}
	fresh = cut(class);
	if (fresh)
		return fresh;
	*dirty = true;
	return split(class);
}

void *arena_alloc(size_t size)
{
	unsigned int class = class_of(size);
	bool dirty;
	void *memory;

	if (class > CLASS_MAX)
		return arena_pages(size, ARENA_PLAIN);
	if (!lock_acquire(&lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	memory = take(class, &dirty);
	lock_release(&lock);
	if (unlikely(!memory))
		return refuse();
	arena_unpoison(memory, (size_t)1 << class);
	if (dirty)
		memset(memory, 0, (size_t)1 << class);
	return memory;
}

void arena_free(void *memory, size_t size)
{
	unsigned int class = class_of(size);

	if (!memory)
		return;
	if (class > CLASS_MAX) {
		arena_pages_free(memory, size);
		return;
	}
	if (!lock_acquire(&lock)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	push(class, memory);
	lock_release(&lock);
}

void *arena_pages(size_t size, enum arena_pages kind)
{
	void *memory;

	if (size > (size_t)PTRDIFF_MAX - PAGE)
		return refuse();
	size = page_round(size);
	memory = map(size);
	if (!memory)
		return refuse();
	if (kind == ARENA_WIPE &&
	    sys_madvise(memory, size, MADV_WIPEONFORK) < 0) {
		unmap(memory, size);
		return refuse();
	}
	return memory;
}

void arena_pages_free(void *memory, size_t size)
{
	if (memory)
		unmap(memory, page_round(size));
}

char *arena_strndup(const char *text, size_t length)
{
	char *copy = arena_alloc(length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

void arena_set_limit(size_t bytes)
{
	store_relaxed(&limit, bytes);
}

size_t arena_used(void)
{
	return load_relaxed(&used);
}

uint64_t arena_refused(void)
{
	return load_relaxed(&refused);
}

void arena_reset_lock(void)
{
	lock_reset(&lock);
}
