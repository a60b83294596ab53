/* test_lock.c - exclusion, patience, and who holds what. */
#include "base/lock.h"

#include "base/sys.h"
#include "base/thread.h"
#include "test.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 20000
#define WAITED 0x80000000u /* lock.c: somebody sleeps */

static struct lock lock = LOCK_INIT(LOCK_NAMES);
static struct lock inner = LOCK_INIT(LOCK_ARENA);
static int counter, stage;

static void set_stage(int value)
{
	__atomic_store_n(&stage, value, __ATOMIC_RELEASE);
}

static void await_stage(int value)
{
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != value)
		sched_yield();
}

static void *count(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		while (!lock_acquire(&lock))
			;
		counter++;
		lock_release(&lock);
	}
	CHECK_INT(thread_self.held_count, 0);
	return NULL;
}

TEST(excludes)
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(counter, THREADS * ROUNDS);
	CHECK_INT(lock.word, 0);
}

TEST(knows_its_holder)
{
	errno = 1234;
	CHECK(!lock_is_mine(&lock));
	CHECK(lock_acquire(&lock));
	CHECK(lock_is_mine(&lock));
	CHECK_INT(lock.word, getpid());
	CHECK_INT(thread_self.held_count, 1);
	CHECK(lock_acquire(&inner));
	CHECK_INT(thread_self.held_count, 2);
	lock_release(&lock);
	CHECK_INT(thread_self.held_count, 1);
	CHECK(thread_self.held[0] == &inner);
	lock_release(&inner);
	CHECK_INT(thread_self.held_count, 0);
	CHECK_INT(errno, 1234);
}

#if !defined(SHIM_DEBUG) && !defined(SHIM_CHECKS)
/* A signal handler that interrupted the holder must not wait for it. */
TEST(nobody_waits_for_himself)
{
	CHECK(lock_acquire(&lock));
	CHECK(!lock_acquire(&lock));
	CHECK(!lock_try(&lock));
	/* Not even marked as waited for. */
	CHECK_INT(lock.word, getpid());
	CHECK_INT(thread_self.held_count, 1);
	lock_release(&lock);
	CHECK(lock_try(&lock));
}

TEST(holds_no_more_than_it_can_remember)
{
	struct lock many[THREAD_HELD_LOCKS + 1] = { 0 };
	int i;

	for (i = 0; i < THREAD_HELD_LOCKS; i++)
		CHECK(lock_acquire(&many[i]));
	CHECK(!lock_acquire(&many[i]));
	CHECK(!lock_try(&many[i]));
	CHECK_INT(many[i].word, 0);
}
#else
static void check_trap(struct lock *first, struct lock *second, bool trap)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(lock_acquire(first));
		CHECK(lock_acquire(second));
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(WIFSIGNALED(status), trap);
}

TEST(ranks_are_checked)
{
	check_trap(&lock, &inner, false);
	check_trap(&inner, &lock, true);
	check_trap(&lock, &lock, true);
}
#endif

static void *hold(void *arg)
{
	(void)arg;
	CHECK(lock_acquire(&lock));
	set_stage(1);
	await_stage(2);
	lock_release(&lock);
	return NULL;
}

TEST(patience_ends)
{
	pthread_t thread;

	CHECK_INT(pthread_create(&thread, NULL, hold, NULL), 0);
	await_stage(1);
	CHECK(!lock_try(&lock));
	CHECK(!lock_acquire(&lock));
	CHECK_INT(thread_self.held_count, 0);
	CHECK(!lock_is_mine(&lock));
	set_stage(2);
	pthread_join(thread, NULL);
	CHECK_INT(lock.word, 0);
	CHECK(lock_acquire(&lock));
}

/* Sleeps on the lock without patience: only a wake-up ends it. */
static void *sleep_on_it(void *arg)
{
	uint32_t held = load_relaxed(&lock.word), waited = held | WAITED;

	(void)arg;
	store_relaxed(&lock.word, waited);
	set_stage(1);
	while (load_relaxed(&lock.word) == waited)
		sys_futex_wait(&lock.word, waited, NULL);
	return NULL;
}

TEST(release_wakes_a_sleeper)
{
	pthread_t thread;

	CHECK(lock_acquire(&lock));
	CHECK_INT(pthread_create(&thread, NULL, sleep_on_it, NULL), 0);
	await_stage(1);
	lock_release(&lock);
	pthread_join(thread, NULL);
	CHECK_INT(lock.word, 0);
}

static void *wait_for_it(void *arg)
{
	(void)arg;
	while (!lock_acquire(&lock))
		;
	lock_release(&lock);
	return NULL;
}

TEST(a_sleeper_says_so)
{
	pthread_t thread;

	CHECK(lock_acquire(&lock));
	CHECK_INT(pthread_create(&thread, NULL, wait_for_it, NULL), 0);
	while (!(load_relaxed(&lock.word) & WAITED))
		sched_yield();
	CHECK(lock_is_mine(&lock));
	lock_release(&lock);
	pthread_join(thread, NULL);
	CHECK_INT(lock.word, 0);
}

TEST(reset_forgets_the_holder)
{
	pthread_t thread;

	CHECK_INT(pthread_create(&thread, NULL, hold, NULL), 0);
	await_stage(1);
	lock_reset(&lock);
	CHECK(lock_acquire(&lock));
	lock_reset(&lock);
	CHECK_INT(thread_self.held_count, 0);
	CHECK(lock_acquire(&lock));
}

static struct lock outer_lock = LOCK_INIT(LOCK_HANDLERS);
static struct lock inner_lock = LOCK_INIT(LOCK_NAMES);
static uint32_t turn;

static void *hold_outer(void *arg)
{
	CHECK(lock_acquire(&outer_lock));
	store_release(&turn, 1);
	while (load_acquire(&turn) != 2)
		sched_yield();
	lock_release(&outer_lock);
	return arg;
}

TEST(all_are_held_around_a_fork_and_free_in_the_child)
{
	pthread_t thread;

	CHECK(lock_acquire(&outer_lock) && lock_acquire(&inner_lock));
	lock_release(&inner_lock);
	lock_release(&outer_lock);
	CHECK(lock_all_acquire());
	CHECK(lock_is_mine(&outer_lock) && lock_is_mine(&inner_lock));
	lock_all_release(false);
	CHECK(lock_try(&outer_lock) && lock_try(&inner_lock));
	lock_release(&inner_lock);
	lock_release(&outer_lock);

	/* One that another thread keeps: it says so, and the others are held. */
	pthread_create(&thread, NULL, hold_outer, NULL);
	while (load_acquire(&turn) != 1)
		sched_yield();
	CHECK(!lock_all_acquire());
	CHECK(!lock_is_mine(&outer_lock) && lock_is_mine(&inner_lock));
	lock_all_release(false);
	CHECK(!lock_is_mine(&inner_lock));
	/* As in a child, where the other thread is no more. */
	lock_all_release(true);
	CHECK(lock_try(&outer_lock));
	lock_release(&outer_lock);
	store_release(&turn, 2);
	pthread_join(thread, NULL);
}
