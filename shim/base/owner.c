/*
 * owner.c - owners are cut from chunks of pages, and never freed.
 *
 * The list of the chunks is ordinary memory, so a fork child cuts the same
 * chunks up again: no chain of forks makes it grow.
 */
#include "base/owner.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/segment.h"
#include "base/thread.h"

#include <errno.h>

#define CHUNK_FIRST (16u << 10)
#define CHUNK_SIZE (64u << 10)
/* Owners have cache lines of their own: each is written by one thread. */
#define STRIDE                                                                 \
	((sizeof(struct owner) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1))

enum pool_state {
	POOL_WIPED, /* a child, in which nobody has emitted yet */
	POOL_STARTING,
	POOL_READY,
};

struct chunk {
	struct chunk *next;
	char *pages; /* ARENA_WIPE */
	size_t size;
};

/* In ARENA_WIPE pages, at the beginning of the first chunk. */
struct pool {
	uint32_t state;
	uint32_t starter; /* thread id; POOL_STARTING only */
	uint32_t handled; /* fork handlers ran */
	uint32_t child;
	struct lock lock; /* protects everything below */
	struct owner *all, *free;
	struct chunk *chunk; /* being cut up; NULL: the first */
	size_t cut;	     /* bytes of it that are handed out */
	void *pointer;	     /* of owner_pool_pointer() */
};

static struct pool *pool;
static struct chunk first_chunk;

int owner_pool_init(void)
{
	struct pool *p;

	if (pool)
		return 0;
	p = arena_pages(CHUNK_FIRST, ARENA_WIPE);
	if (!p)
		return -ENOMEM;
	first_chunk.pages = (char *)p;
	first_chunk.size = CHUNK_FIRST;
	p->state = POOL_READY;
	/* Pairs with owner_pool_enter(). */
	store_release(&pool, p);
	return 0;
}

enum owner_pool owner_pool_enter(uint32_t tid)
{
	/* Pairs with owner_pool_init(). */
	struct pool *p = load_acquire(&pool);
	uint32_t state = POOL_WIPED;

	if (!p)
		return OWNER_POOL_NONE;
	/* Pairs with owner_pool_ready(). */
	if (load_acquire(&p->state) == POOL_READY)
		return OWNER_POOL_READY;
	/* Acquire as above: it may have become ready. */
	if (__atomic_compare_exchange_n(&p->state, &state, POOL_STARTING, false,
					__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		store_relaxed(&p->starter, tid);
		return OWNER_POOL_CHILD;
	}
	if (state == POOL_READY)
		return OWNER_POOL_READY;
	/* A signal handler may have jumped out of the first attempt. */
	return load_relaxed(&p->starter) == tid ? OWNER_POOL_CHILD
						: OWNER_POOL_BUSY;
}

void owner_pool_ready(void)
{
	pool->child = 1;
	/* Pairs with owner_pool_enter(): other threads of the child see what
	 * the callbacks of the fork have put in order. */
	store_release(&pool->state, POOL_READY);
}

void owner_pool_set_handled(void)
{
	if (pool)
		pool->handled = 1;
}

bool owner_pool_is_raw(void)
{
	return pool && !pool->handled &&
	       (pool->child || pool->state == POOL_STARTING);
}

bool owner_pool_is_wiped(void)
{
	return pool && load_relaxed(&pool->state) != POOL_READY;
}

void **owner_pool_pointer(void)
{
	/* Pairs with owner_pool_init(). */
	struct pool *p = load_acquire(&pool);

	return p ? &p->pointer : NULL;
}

/* The chunk after this one, made if there is none. */
static struct chunk *chunk_after(struct chunk *last)
{
	struct chunk *c = last->next;

	if (c)
		return c;
	c = arena_alloc(sizeof(*c));
	if (!c)
		return NULL;
	c->pages = arena_pages(CHUNK_SIZE, ARENA_WIPE);
	if (!c->pages) {
		arena_free(c, sizeof(*c));
		return NULL;
	}
	c->size = CHUNK_SIZE;
	/* Complete before it is linked, for the child of a raw fork. */
	compiler_barrier();
	last->next = c;
	return c;
}

/* Under the lock. */
static struct owner *owner_cut(void)
{
	struct owner *owner;

	if (!pool->chunk) {
		pool->chunk = &first_chunk;
		pool->cut = (sizeof(*pool) + CACHE_LINE - 1) &
			    ~(size_t)(CACHE_LINE - 1);
	}
	if (pool->chunk->size - pool->cut < STRIDE) {
		struct chunk *next = chunk_after(pool->chunk);

		if (!next)
			return NULL;
		pool->chunk = next;
		pool->cut = 0;
	}
	owner = (struct owner *)(void *)(pool->chunk->pages + pool->cut);
	pool->cut += STRIDE;
	owner->next = pool->all;
	/* Pairs with owner_first(). */
	store_release(&pool->all, owner);
	return owner;
}

struct owner *owner_take(uint32_t tid)
{
	struct owner *owner;

	/* Wiped with the rest in a child. */
	store_relaxed(&pool->lock.rank, LOCK_OWNERS);
	/* Not for lock_all_acquire(): it is wiped in the child, its place in
	 * the list of locks too. */
	store_relaxed(&pool->lock.known, 1);
	if (!lock_acquire(&pool->lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	owner = pool->free;
	if (owner)
		pool->free = owner->next_free;
	else
		owner = owner_cut();
	if (owner) {
		owner->next_free = NULL;
		owner->taken = 1;
		owner->tid = tid;
		owner->depth = 0;
		/* As known_forget() does, in another thread, of all who have
		 * cells. */
		store_relaxed(&owner->has_plans, 0);
		/* Made anew by the first span: its ids go with the thread. */
		owner->span_ids = 0;
	}
	lock_release(&pool->lock);
	if (owner)
		owner->holder = &thread_self;
	else
		segment_drop(DROP_MEMORY, 1);
	return owner;
}

void owner_put(struct owner *owner)
{
	if (owner->holder != &thread_self)
		return;
	if (!lock_acquire(&pool->lock)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	owner->taken = 0;
	owner->holder = NULL;
	owner->next_free = pool->free;
	pool->free = owner;
	lock_release(&pool->lock);
}

struct owner *owner_first(void)
{
	/* Pairs with owner_pool_init(). */
	struct pool *p = load_acquire(&pool);

	/* Pairs with owner_cut(). */
	return p ? load_acquire(&p->all) : NULL;
}
