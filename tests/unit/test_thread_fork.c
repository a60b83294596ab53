/* test_thread_fork.c - threads and owners in every kind of child. */
#include "base/thread.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/rcu.h"
#include "test.h"

#include <pthread.h>
#include <sys/syscall.h>

#define MANY 150 /* more owners than two chunks hold */

static int callbacks;
static bool callback_raw;

static NOINLINE bool emit(void)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return false;
	thread_release(t);
	return true;
}

static void on_fork(bool raw)
{
	CHECK(thread_self.busy != NULL);
	CHECK_INT(thread_self.tid, getpid());
	callbacks++;
	callback_raw = raw;
}

static int count_owners(void)
{
	const struct owner *o;
	int count = 0;

	for (o = thread_owners(); o; o = o->next)
		count++;
	return count;
}

static void before(void)
{
	CHECK(lock_all_acquire());
	thread_before_fork();
	CHECK(!emit());
}

static void after_parent(void)
{
	thread_after_fork_parent();
	lock_all_release(false);
}

static void after_child(void)
{
	thread_after_fork_child();
	lock_all_release(true);
}

static void start(void)
{
	thread_init();
	thread_on_fork(on_fork);
	CHECK(emit());
	thread_self.owner->heap = &callbacks;
	thread_self.owner->depth = 3;
}

/* Waits for a child that ended well. */
static void reap(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static void check_parent_unchanged(void)
{
	CHECK(emit());
	CHECK_INT(callbacks, 0);
	CHECK(thread_self.owner->heap == &callbacks);
	CHECK_INT(thread_self.owner->depth, 3);
	CHECK_INT(thread_self.tid, getpid());
}

static void check_new_owner(bool raw)
{
	CHECK(thread_self.owner->holder == NULL);
	CHECK(thread_owners() == NULL);
	CHECK(emit());
	CHECK_INT(callbacks, 1);
	CHECK_INT(callback_raw, raw);
	CHECK(thread_self.owner->holder == &thread_self);
	CHECK(thread_self.owner->heap == NULL);
	CHECK_INT(thread_self.owner->depth, 0);
	CHECK_INT(thread_self.owner->tid, getpid());
	CHECK_INT(thread_self.tid, getpid());
	CHECK_INT(count_owners(), 1);
	CHECK(emit());
	CHECK_INT(callbacks, 1);
	CHECK(arena_alloc(100) != NULL);
}

TEST(fork_with_handlers)
{
	pid_t pid;

	start();
	pthread_atfork(before, after_parent, after_child);
	pid = fork();
	if (pid == 0) {
		check_new_owner(false);
		_exit(0);
	}
	reap(pid);
	check_parent_unchanged();
	CHECK(arena_alloc(100) != NULL);
}

TEST(fork_behind_our_back)
{
	pid_t pid;

	start();
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		check_new_owner(true);
		_exit(0);
	}
	reap(pid);
	check_parent_unchanged();
}

TEST(child_of_a_child)
{
	size_t used = 0;
	pid_t pid;
	int i;

	start();
	/* Each generation counts again, and none needs more memory. */
	for (i = 0; i < 20; i++) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid > 0) {
			reap(pid);
			_exit(0);
		}
		callbacks = 0;
		check_new_owner(true);
		used = i == 0 ? arena_used() : used;
		CHECK_INT(arena_used(), used);
	}
}

static pthread_barrier_t everybody;

static void *emit_together(void *arg)
{
	(void)arg;
	CHECK(emit());
	pthread_barrier_wait(&everybody);
	return NULL;
}

static void run_many(void)
{
	pthread_t threads[MANY];
	int i;

	pthread_barrier_init(&everybody, NULL, MANY);
	for (i = 0; i < MANY; i++)
		CHECK_INT(
			pthread_create(&threads[i], NULL, emit_together, NULL),
			0);
	for (i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(count_owners(), MANY + 1);
}

TEST(children_use_the_owners_memory_again)
{
	size_t used;
	pid_t pid;
	int i;

	start();
	run_many();
	used = arena_used();
	for (i = 0; i < 3; i++) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid > 0) {
			reap(pid);
			_exit(0);
		}
		CHECK(emit());
		run_many();
		CHECK_INT(arena_used(), used);
	}
}

static int stage;
static struct lock some_lock = LOCK_INIT(LOCK_METRICS);
static struct lock other_lock = LOCK_INIT(LOCK_ARENA);

static void *hold_things(void *arg)
{
	struct thread *t = &thread_self;

	(void)arg;
	CHECK(thread_claim(t));
	CHECK(lock_acquire(&some_lock));
	CHECK(lock_try(&other_lock));
	__atomic_store_n(&stage, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 2)
		sched_yield();
	lock_release(&other_lock);
	lock_release(&some_lock);
	thread_release(t);
	return NULL;
}

/* The arena's lock is held by a thread that does not exist in the child. */
TEST(fork_while_another_thread_is_busy)
{
	pthread_t thread;
	pid_t pid;

	start();
	CHECK_INT(pthread_create(&thread, NULL, hold_things, NULL), 0);
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 1)
		sched_yield();
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		check_new_owner(true);
		CHECK(!lock_acquire(&some_lock));
		_exit(0);
	}
	reap(pid);
	__atomic_store_n(&stage, 2, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	check_parent_unchanged();
}

static void *emit_unregistered(void *arg)
{
	(void)arg;
	CHECK(emit());
	CHECK_INT(thread_self.rcu, RCU_NONE);
	return NULL;
}

/* liburcu's lock may be held for ever there. */
TEST(threads_of_a_raw_child_stay_unregistered)
{
	pthread_t thread;
	pid_t pid;

	start();
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		CHECK(emit());
		CHECK_INT(thread_self.rcu, RCU_REGISTERED);
		CHECK_INT(
			pthread_create(&thread, NULL, emit_unregistered, NULL),
			0);
		pthread_join(thread, NULL);
		_exit(0);
	}
	reap(pid);
}

TEST(first_event_is_in_the_child)
{
	pid_t pid;

	thread_init();
	thread_on_fork(on_fork);
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		CHECK(emit());
		CHECK_INT(callbacks, 1);
		CHECK(callback_raw);
		CHECK_INT(thread_self.rcu, RCU_NONE);
		_exit(0);
	}
	reap(pid);
	CHECK(emit());
	CHECK_INT(callbacks, 0);
}

/* It runs on its parent's memory, which must go on as if nothing had been. */
TEST(vfork_child_is_the_parent)
{
	const struct owner *owner;
	bool emitted;
	pid_t pid;

	start();
	owner = thread_self.owner;
	pid = vfork();
	if (pid == 0) {
		emitted = emit();
		_exit(emitted && thread_self.owner == owner ? 0 : 1);
	}
	reap(pid);
	check_parent_unchanged();
	CHECK(thread_self.owner == owner);
	CHECK_INT(count_owners(), 1);
	rcu_wait();
}

TEST(fork_in_a_handler_keeps_the_guard)
{
	struct thread *t = &thread_self;
	pid_t pid;

	start();
	CHECK(thread_claim(t));
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		CHECK(!emit());
		thread_release(t);
		check_new_owner(true);
		_exit(0);
	}
	reap(pid);
	thread_release(t);
	check_parent_unchanged();
}
