/* heap_count.c - see heap.h. */
#include "wrap/heap.h"

#include "base/log.h"
#include "base/owner.h"
#include "base/segment.h"
#include "base/thread.h"
#include "wrap/elf.h"

#include <errno.h>

static size_t first_usable_size(void *block);

HOT_DATA uint32_t heap_counting = HEAP_EARLY;
HOT_DATA size_t (*heap_usable_size)(void *) = first_usable_size;

/* What is counted before heap_enable(). */
static struct heap_block early;

/* The block that threads without one share.  The pointer is in a page that the
 * child of a fork sees zeroed: the block is the parent's. */
static void **shared;

static struct heap_block *shared_block(void)
{
	/* Pairs with heap_enable(). */
	if (unlikely(load_acquire(&heap_counting) == HEAP_EARLY))
		return &early;
	return shared ? *shared : NULL;
}

/* Set when there is no more memory for blocks; the shared one does it all. */
static bool exhausted;

static struct heap_block *new_block(uint32_t owner)
{
	struct heap_block *h;

	if (exhausted)
		return NULL;
	h = segment_alloc(SEGMENT_HEAP, sizeof(*h), owner, 0);
	if (h)
		store_relaxed(&h->duration_every, HEAP_SAMPLE_EVERY);
	else
		exhausted = true;
	return h;
}

/*
 * This thread's block, made if need be; NULL: count in the shared one.  A
 * thread is set up on its first allocation, never in free(), which may come
 * from the last moments of a thread.
 */
static NOINLINE struct heap_block *own_block(void)
{
	struct thread *t = &thread_self;
	struct heap_block *h;
	int saved = errno;

	/* Inside our own work the shared block does; nothing is dropped.  Nor
	 * is a thread set up before our constructor has run. */
	if (t->busy || load_relaxed(&heap_counting) != HEAP_ON ||
	    !thread_claim(t))
		return NULL;
	h = t->owner->heap;
	if (!h)
		h = t->owner->heap = new_block(t->tid);
	thread_release(t);
	errno = saved;
	return h;
}

/* After an allocation that was not the plain case: no block yet, a timed one,
 * a failure, or somebody listens. */
NOINLINE void heap_after_alloc(enum heap_function fn, size_t requested,
			       void *block, uint64_t ns)
{
	size_t usable = block ? heap_usable_size(block) : 0;
	struct heap_block *h = thread_self.owner->heap;

	/* What our own thread allocates is not the host's doing. */
	if (!h && thread_self.state >= THREAD_OURS)
		return;
	if (!h)
		h = own_block();
	if (h && block) {
		heap_record_alloc(h, heap_count, fn, requested, usable);
		if (ns)
			heap_record_time(h, heap_count, ns);
	} else if (h) {
		heap_count(&h->failures[fn], 1);
	} else if ((h = shared_block()) != NULL) {
		if (block)
			heap_record_alloc(h, heap_count_shared, fn, requested,
					  usable);
		else
			heap_count_shared(&h->failures[fn], 1);
	}
}

NOINLINE void heap_after_free(bool by_realloc, size_t usable)
{
	struct thread *t = &thread_self;
	struct heap_block *h = t->owner->heap;

	if (!h && t->state >= THREAD_OURS)
		return;
	/* An owner that lost its block: the child of a fork.  A thread that is
	 * new is not set up in free(). */
	if (!h && t->state == THREAD_ALIVE)
		h = own_block();
	if (h)
		heap_record_free(h, heap_count, by_realloc, usable);
	else if ((h = shared_block()) != NULL)
		heap_record_free(h, heap_count_shared, by_realloc, usable);
}

static const char family[][20] = {
	"malloc", "free", "calloc", "realloc", "memalign", "malloc_usable_size"
};

/* One of them in an object that comes before us, such as the program itself:
 * then others call that one. */
static bool is_in_front(void)
{
	const struct link_map *own = elf_object_at((void *)is_in_front);
	const struct link_map *map = elf_objects();
	struct elf_object object;
	size_t i;

	for (; map && map != own; map = map->l_next) {
		if (!elf_open(&object, map))
			continue;
		for (i = 0; i < ARRAY_SIZE(family); i++)
			if (elf_find(&object, family[i]))
				return true;
	}
	return false;
}

static bool defines(const struct link_map *map, const char *name)
{
	struct elf_object object;

	return elf_open(&object, map) && elf_find(&object, name);
}

/* A sanitizer's: it wants to be asked nothing before it has begun. */
static bool is_sanitizer(const struct link_map *map)
{
	return defines(map, "__tsan_init") || defines(map, "__asan_init") ||
	       defines(map, "__msan_init") || defines(map, "__lsan_init") ||
	       defines(map, "__hwasan_init");
}

/* All of the family from one allocator; otherwise a block of one would be
 * measured by another.  *provider: which. */
static bool allocator_is_whole(const struct link_map **provider)
{
	const struct link_map *first = NULL, *map;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(family); i++) {
		void *fn = elf_next(family[i]);

		map = fn ? elf_object_at(fn) : NULL;
		if (!map || (first && map != first))
			return false;
		first = map;
	}
	*provider = first;
	return !is_in_front() && !is_sanitizer(first);
}

static void find_usable_size(void)
{
	heap_usable_size =
		(size_t(*)(void *))(uintptr_t)elf_next("malloc_usable_size");
}

/* Of the first block that is looked at; that may be before heap_enable().  An
 * allocator that is not libc's has a constructor of its own to wait for. */
static size_t first_usable_size(void *block)
{
	const struct link_map *provider;

	if (!allocator_is_whole(&provider) ||
	    (load_relaxed(&heap_counting) == HEAP_EARLY &&
	     !defines(provider, "gnu_get_libc_version"))) {
		heap_disable();
		return 0;
	}
	find_usable_size();
	return heap_usable_size(block);
}

/* Every member is a counter.  What a thread adds that was about to is taken
 * before the next fork. */
static void take_early(struct heap_block *h)
{
	uint64_t *from = (uint64_t *)(void *)&early;
	uint64_t *to = (uint64_t *)(void *)h;
	size_t i;

	for (i = 0; i < sizeof(early) / sizeof(*from); i++)
		if (load_relaxed(&from[i]))
			add_relaxed(&to[i],
				    __atomic_exchange_n(&from[i], 0,
							__ATOMIC_RELAXED));
}

void heap_enable(void)
{
	const struct link_map *provider;
	struct heap_block *h;

	if (!allocator_is_whole(&provider)) {
		log_info("the heap is not counted: malloc and its kin come "
			 "from more than one library");
		heap_disable();
		return;
	}
	shared = owner_pool_pointer();
	if (!shared) {
		heap_disable();
		return;
	}
	find_usable_size();
	h = *shared = new_block(0);
	/* Pairs with shared_block(): the block is there, and whoever looks
	 * from now on adds nothing to `early`. */
	store_release(&heap_counting, HEAP_ON);
	if (h)
		take_early(h);
}

void heap_disable(void)
{
	store_relaxed(&heap_counting, HEAP_OFF);
}

/* Bytes that live blocks hold, by one block of counters. */
static int64_t live_bytes(const struct heap_block *h)
{
	return h->baseline + (int64_t)(h->allocated - h->freed);
}

int64_t heap_live(void)
{
	struct heap_block *rest = shared_block();
	const struct owner *o;
	int64_t live;

	if (rest && rest != &early)
		take_early(rest);
	live = rest ? live_bytes(rest) : 0;
	for (o = thread_owners(); o; o = o->next)
		if (o->heap)
			live += live_bytes(o->heap);
	return live;
}

void heap_after_fork(int64_t parent_live)
{
	struct heap_block *h;

	if (heap_counting != HEAP_ON)
		return;
	exhausted = false;
	h = *shared = new_block(0);
	if (h)
		h->baseline = parent_live;
}
