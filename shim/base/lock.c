/*
 * lock.c - futex locks that know who holds them.
 *
 * The word carries the holder's thread id, so the healing of a thread that
 * left our code by longjmp (base/thread.c) gives back exactly what it holds.
 * What a lock protects, and in which order locks are taken, is not known here.
 */
#include "base/lock.h"

#include "base/sys.h"
#include "base/thread.h"

#include <errno.h>
#include <time.h>

#define WAITED 0x80000000u
#define SPINS 100

uint32_t lock_patience_ms = LOCK_PATIENCE_MS;

static uint32_t own_id(struct thread *thread)
{
	if (unlikely(thread->tid == 0))
		thread->tid = (uint32_t)sys_gettid();
	return thread->tid;
}

static uint64_t now_ns(void)
{
	struct timespec ts = { 0 };

	sys_clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

#if defined(SHIM_DEBUG) || defined(SHIM_CHECKS)
static void check_rank(const struct thread *thread, const struct lock *lock)
{
	uint32_t i;

	for (i = 0; i < thread->held_count; i++)
		if (thread->held[i] && load_relaxed(&thread->held[i]->rank) >=
					       load_relaxed(&lock->rank))
			__builtin_trap();
}
#else
static void check_rank(const struct thread *thread UNUSED,
		       const struct lock *lock UNUSED)
{
}
#endif

/* Noted before it is taken and struck off after it was given back: the healing
 * looks at the word to see whether it is really held. */
static bool note(struct thread *thread, struct lock *lock)
{
	uint8_t at = thread->held_count;

	if (at >= THREAD_HELD_LOCKS)
		return false;
	thread->held_count = (uint8_t)(at + 1);
	compiler_barrier();
	thread->held[at] = lock;
	compiler_barrier();
	return true;
}

static void strike(struct thread *thread, const struct lock *lock)
{
	uint8_t at = thread->held_count;

	while (at > 0 && thread->held[at - 1] != lock)
		at--;
	if (at == 0)
		return;
	for (; at < thread->held_count; at++)
		thread->held[at - 1] = thread->held[at];
	compiler_barrier();
	thread->held[at - 1] = NULL;
	thread->held_count--;
}

static bool take(struct lock *lock, uint32_t expected, uint32_t id)
{
	/* Pairs with lock_release(). */
	return __atomic_compare_exchange_n(&lock->word, &expected, id, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static bool spin(struct lock *lock, uint32_t id)
{
	int i;

	for (i = 0; i < SPINS; i++) {
		if (load_relaxed(&lock->word) == 0 && take(lock, 0, id))
			return true;
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
	return false;
}

/* Whoever has slept takes the lock as waited for: there may be more sleepers,
 * and a wake-up too many is harmless. */
static COLD bool wait(struct lock *lock, uint32_t id)
{
	const uint64_t deadline = now_ns() + lock_patience_ms * 1000000ull;
	struct timespec patience = { 0 };
	uint64_t now;
	uint32_t word;

	for (;;) {
		word = load_relaxed(&lock->word);
		if (word == 0) {
			if (take(lock, 0, id | WAITED))
				return true;
			continue;
		}
		now = now_ns();
		if (now >= deadline)
			return false;
		if (!(word & WAITED) && !take(lock, word, word | WAITED))
			continue;
		patience.tv_sec = (time_t)((deadline - now) / 1000000000u);
		patience.tv_nsec = (long)((deadline - now) % 1000000000u);
		sys_futex_wait(&lock->word, word | WAITED, &patience);
	}
}

static struct lock *all;

static COLD void introduce(struct lock *lock)
{
	uint32_t unknown = 0;
	struct lock *head = load_relaxed(&all);

	if (!__atomic_compare_exchange_n(&lock->known, &unknown, 1, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	do
		lock->next = head;
	/* Release pairs with the acquire in lock_all_acquire(). */
	while (!__atomic_compare_exchange_n(
		&all, &head, lock, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

bool lock_try(struct lock *lock)
{
	struct thread *thread = &thread_self;

	if (unlikely(!load_relaxed(&lock->known)))
		introduce(lock);
	check_rank(thread, lock);
	if (!note(thread, lock))
		return false;
	if (take(lock, 0, own_id(thread)))
		return true;
	strike(thread, lock);
	return false;
}

bool lock_acquire(struct lock *lock)
{
	struct thread *thread = &thread_self;
	uint32_t id = own_id(thread);

	if (unlikely(!load_relaxed(&lock->known)))
		introduce(lock);
	check_rank(thread, lock);
	if (!note(thread, lock))
		return false;
	if (likely(take(lock, 0, id)))
		return true;
	/* Waiting for oneself is hopeless: a signal handler that interrupted
	 * the holder. */
	if ((load_relaxed(&lock->word) & ~WAITED) != id &&
	    (spin(lock, id) || wait(lock, id)))
		return true;
	strike(thread, lock);
	return false;
}

void lock_release(struct lock *lock)
{
	/* Pairs with take(). */
	uint32_t word = __atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE);

	if (unlikely(word & WAITED))
		sys_futex_wake(&lock->word, 1);
	strike(&thread_self, lock);
}

bool lock_is_mine(const struct lock *lock)
{
	return thread_self.tid != 0 &&
	       (load_relaxed(&lock->word) & ~WAITED) == thread_self.tid;
}

void lock_reset(struct lock *lock)
{
	store_relaxed(&lock->word, 0);
	strike(&thread_self, lock);
}

/* Not noted with the thread: it holds more of them than it can note, and jumps
 * out of nothing meanwhile. */
static bool acquire_for_fork(struct lock *lock, uint32_t id)
{
	if (!take(lock, 0, id) &&
	    ((load_relaxed(&lock->word) & ~WAITED) == id ||
	     (!spin(lock, id) && !wait(lock, id))))
		return false;
	lock->for_fork = 1;
	return true;
}

bool lock_all_acquire(void)
{
	/* Acquire pairs with introduce(). */
	struct lock *first = load_acquire(&all), *l;
	uint32_t id = own_id(&thread_self), rank;
	bool whole = true;

	for (rank = LOCK_HANDLERS; rank <= LOCK_ARENA; rank++)
		for (l = first; l; l = l->next)
			if (l->rank == rank && !acquire_for_fork(l, id))
				whole = false;
	return whole;
}

void lock_all_release(bool in_child)
{
	struct lock *l;
	uint32_t word;

	/* Acquire pairs with introduce(). */
	for (l = load_acquire(&all); l; l = l->next) {
		if (!l->for_fork && !in_child)
			continue;
		l->for_fork = 0;
		/* Pairs with take(). */
		word = __atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE);
		if (!in_child && (word & WAITED))
			sys_futex_wake(&l->word, 1);
	}
}
