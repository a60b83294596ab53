/* test_arena.c - blocks, the limit, and forks. */
#include "base/arena.h"

#include "base/lock.h"
#include "base/thread.h"

#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define BLOCKS 512
#define THREADS 4

static bool is_zero(const unsigned char *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Where a block of that size begins. */
static size_t boundary_of(size_t size)
{
	return size > 2048 ? 4096 : size > 32 ? 64 : 16;
}

TEST(blocks_are_zeroed_and_aligned)
{
	size_t size;

	for (size = 0; size < 200000; size = size * 3 / 2 + 1) {
		unsigned char *p = arena_alloc(size), *again;

		CHECK(p != NULL);
		CHECK_INT((uintptr_t)p % boundary_of(size), 0);
		CHECK(is_zero(p, size));
		memset(p, 0xaa, size);
		arena_free(p, size);
		again = arena_alloc(size);
		CHECK(again != NULL);
		CHECK_INT((uintptr_t)again % boundary_of(size), 0);
		CHECK(is_zero(again, size));
		memset(again, 0xbb, size);
	}
	CHECK_INT(arena_refused(), 0);
}

struct held {
	unsigned char *p;
	size_t size;
	unsigned char mark;
};

static void check_held(const struct held *h)
{
	size_t i;

	for (i = 0; i < h->size; i++)
		if (h->p[i] != h->mark)
			CHECK_INT(h->p[i], h->mark);
}

/* No two blocks overlap, whatever was freed in between. */
static void *churn(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	struct held *held = calloc(BLOCKS, sizeof(*held));
	int i, tries;

	for (i = 0; i < 20000; i++) {
		struct held *h = &held[(unsigned int)rand_r(&seed) % BLOCKS];

		if (h->p) {
			check_held(h);
			arena_free(h->p, h->size);
			h->p = NULL;
			continue;
		}
		h->size = (size_t)1 << ((unsigned int)rand_r(&seed) % 12);
		h->size -= (unsigned int)rand_r(&seed) % (h->size / 2 + 1);
		h->mark = (unsigned char)(i | 1);
		/* A lock that is not to be had in time is no failure here. */
		for (tries = 0; !h->p && tries < 100; tries++)
			h->p = arena_alloc(h->size);
		CHECK(h->p != NULL);
		CHECK(is_zero(h->p, h->size));
		memset(h->p, h->mark, h->size);
	}
	for (i = 0; i < BLOCKS; i++)
		if (held[i].p)
			check_held(&held[i]);
	free(held);
	return NULL;
}

TEST(blocks_do_not_overlap)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, churn,
					 (void *)(uintptr_t)(i + 1)),
			  0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(arena_used() <= 16u << 20);
	CHECK_INT(arena_refused(), 0);
}

TEST(freed_blocks_are_used_again)
{
	size_t used;
	void *p;
	int i;

	arena_free(arena_alloc(1000), 1000);
	used = arena_used();
	for (i = 0; i < 100000; i++) {
		p = arena_alloc(1000);
		CHECK(p != NULL);
		arena_free(p, 1000);
	}
	CHECK_INT(arena_used(), used);
	for (i = 0; i < 200; i++) {
		p = arena_alloc(1 << 20);
		CHECK(p != NULL);
		arena_free(p, 1 << 20);
	}
	CHECK_INT(arena_used(), used);
	arena_free(NULL, 1000);
	arena_free(NULL, 1 << 20);
}

TEST(the_limit_holds)
{
	size_t total = 0;

	arena_set_limit(1 << 20);
	while (arena_alloc(4096))
		total += 4096;
	CHECK(arena_used() <= 1 << 20);
	/* Hardly any of it is lost to the cutting. */
	CHECK(total >= (1 << 20) - (64 << 10));
	CHECK_INT(arena_refused(), 1);
	CHECK(arena_alloc(2 << 20) == NULL);
	CHECK(arena_pages(4096, ARENA_PLAIN) == NULL);
	CHECK_INT(arena_refused(), 3);
	/* What the last chunk had left still serves small ones. */
	CHECK(arena_alloc(16) != NULL);
	arena_set_limit(2 << 20);
	CHECK(arena_alloc(4096) != NULL);
	CHECK(arena_alloc(SIZE_MAX) == NULL);
	CHECK(arena_alloc(SIZE_MAX / 2) == NULL);
	CHECK(arena_used() <= 2 << 20);
}

/* What a process records leaves room to report it, and the segment counts. */
TEST(the_limit_is_for_what_is_recorded)
{
	char *page;

	arena_set_limit(1 << 20);
	CHECK(arena_charge(1 << 20, false));
	CHECK(!arena_charge(1, false));
	CHECK(!arena_alloc(16) && !arena_pages(1, ARENA_PLAIN));
	CHECK(arena_charge(4096, true));
	page = arena_borrow(5000);
	CHECK(page && page[0] == 0 && page[8191] == 0);
	CHECK_INT(arena_borrowed(), 8192);
	arena_set_borrow_limit(8192);
	CHECK(!arena_borrow(1) && !arena_borrow(SIZE_MAX));
	arena_give_back(page, 5000);
	arena_give_back(NULL, 5000);
	CHECK_INT(arena_borrowed(), 0);
	/* It is kept for the next one, and cleared. */
	arena_set_borrow_limit(1 << 20);
	page = arena_borrow(1);
	CHECK(page != NULL);
	memset(page, 1, 4096);
	arena_give_back(page, 1);
	CHECK(arena_borrow(4096) == page && is_zero((void *)page, 4096));
	arena_give_back(page, 4096);
	arena_trim();
	CHECK_INT(arena_borrowed(), 0);
	thread_is_ours();
	CHECK(arena_alloc(16) != NULL);
	arena_discharge((1 << 20) + 4096);
	CHECK(arena_used() <= 256 << 10);
}

static bool is_mapped(void *memory)
{
	return msync(memory, 4096, MS_ASYNC) == 0;
}

/* Between looks one of a size is kept, two of the largest and none above it; a
 * child of whoever kept it has none of it to copy. */
TEST(scratch_is_kept_until_trimmed)
{
	static const size_t sizes[] = { 60000, 100000, 200000, 500000 };
	char *kept[4], *second, *third, *large;
	int i, status;
	pid_t pid;

	for (i = 0; i < 4; i++) {
		kept[i] = arena_scratch(sizes[i]);
		CHECK(kept[i] && is_zero((void *)kept[i], sizes[i]));
		memset(kept[i], 1, sizes[i]);
	}
	second = arena_scratch(500000);
	third = arena_scratch(500000);
	large = arena_scratch(600000);
	CHECK(second && third && large && large[599999] == 0);
	CHECK_INT(arena_borrowed() / 4096, 15 + 25 + 49 + 3 * 123 + 147);
	for (i = 0; i < 4; i++)
		arena_scratch_done(kept[i], sizes[i]);
	second[0] = 7;
	arena_scratch_done(second, 500000);
	arena_scratch_done(third, 500000);
	arena_scratch_done(large, 600000);
	arena_scratch_done(NULL, 600000);
	CHECK_INT(arena_borrowed(), 0);
	CHECK(!is_mapped(third) && !is_mapped(large));
	/* A batch has the one while an image wants the other. */
	CHECK(arena_scratch(500000) == kept[3] && kept[3][499999] == 1);
	CHECK(arena_scratch(300000) == second && second[0] == 7);
	pid = fork();
	if (pid == 0)
		_exit(kept[3][0] || kept[1][0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	arena_scratch_done(kept[3], 500000);
	arena_scratch_done(second, 300000);
	arena_trim();
	for (i = 0; i < 4; i++)
		CHECK(!is_mapped(kept[i]));
	CHECK(!is_mapped(second));
	arena_set_borrow_limit(8192);
	CHECK(!arena_scratch(100000) && !arena_scratch(SIZE_MAX));
	CHECK_INT(arena_borrowed(), 0);
}

/* Chunks leave nearly 32 KiB each when only the largest blocks are cut. */
TEST(what_a_chunk_leaves_is_used)
{
	size_t total = 0;

	arena_set_limit(1 << 20);
	while (arena_alloc(32 << 10))
		;
	while (arena_alloc(64))
		total += 64;
	CHECK(total >= 3 * (30 << 10));
}

TEST(copies_text)
{
	char *text = arena_strndup("abcdef", 3);

	CHECK_STR(text, "abc");
	CHECK_STR(arena_strndup("", 0), "");
}

static void reap(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static int sees_nothing(void *wiped)
{
	return *(int *)wiped == 0;
}

/* A thread sanitizer makes fork() of vfork(), but leaves this alone. */
static pid_t fork_with_our_memory(int *wiped)
{
	static char stack[64 << 10] __attribute__((aligned(16)));

	return clone(sees_nothing, stack + sizeof(stack),
		     CLONE_VM | CLONE_VFORK | SIGCHLD, wiped);
}

TEST(wiped_pages_tell_a_child)
{
	int *wiped = arena_pages(10000, ARENA_WIPE);
	int *plain = arena_pages(10000, ARENA_PLAIN);
	pid_t pid;
	int i;

	CHECK(wiped && plain);
	CHECK_INT((uintptr_t)wiped % 4096, 0);
	wiped[0] = wiped[2400] = plain[0] = 1;
	for (i = 0; i < 2; i++) {
		pid = i ? fork() : (pid_t)syscall(SYS_fork);
		if (pid == 0)
			_exit(wiped[0] || wiped[2400] || !plain[0]);
		reap(pid);
	}
	reap(fork_with_our_memory(wiped));
	CHECK_INT(wiped[0], 1);
	arena_pages_free(wiped, 10000);
	arena_pages_free(plain, 10000);
	CHECK_INT(arena_used(), 0);
}

static int stop;

static void *churn_until_stopped(void *arg)
{
	while (!load_relaxed(&stop))
		churn(arg);
	return NULL;
}

/* The child of a raw fork sees the lists in any state between two stores. */
TEST(raw_forks_while_others_allocate)
{
	pthread_t threads[2];
	pid_t pid;
	int i;

#if defined(__SANITIZE_THREAD__)
	SKIP("a thread sanitizer has locks of its own, not free in the child");
#endif
	arena_set_limit(256u << 20);
	for (i = 0; i < 2; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, churn_until_stopped,
					 (void *)(uintptr_t)(i + 1)),
			  0);
	for (i = 0; i < 50; i++) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0) {
			int j;

			arena_reset_lock();
			for (j = 0; j < 500; j++) {
				size_t size = (size_t)16 << (j % 8);
				char *p = arena_alloc(size);

				CHECK(p != NULL);
				memset(p, 1, size);
			}
			_exit(0);
		}
		reap(pid);
	}
	store_relaxed(&stop, 1);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

TEST(fork_handlers_keep_it_usable)
{
	pid_t pid;

	CHECK(arena_alloc(100) != NULL);
	CHECK(lock_all_acquire());
	pid = fork();
	lock_all_release(pid == 0);
	CHECK(arena_alloc(100) != NULL);
	if (pid == 0)
		_exit(0);
	reap(pid);
}
