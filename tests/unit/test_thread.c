/* test_thread.c - the re-entry guard, owners, and the end of threads. */
#include "base/thread.h"

#include "base/lock.h"
#include "base/rcu.h"
#include "test.h"

#include <pthread.h>
#include <setjmp.h>

#define KEYS 40
#define MANY 300
#define SEQUENTIAL 1000

static struct lock some_lock = LOCK_INIT(LOCK_NAMES);
static jmp_buf back;
static int exits;

static int count_owners(void)
{
	const struct owner *o;
	int count = 0;

	for (o = thread_owners(); o; o = o->next)
		count++;
	return count;
}

/* One event from a frame of its own, as a wrapper has it. */
static NOINLINE bool emit(void)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return false;
	thread_release(t);
	return true;
}

TEST(does_nothing_before_init)
{
	CHECK(!emit());
	CHECK_INT(thread_self.state, THREAD_NEW);
	CHECK(thread_self.busy == NULL);
	CHECK(thread_self.owner == &owner_none);
}

/* What is found by its distance from the thread's pointer is the thread's. */
static void *look_in_short_ways(void *arg)
{
	CHECK(thread_hot() == &thread_self);
	thread_self.tid = 7;
	CHECK_INT(thread_get(tid), 7);
	CHECK(thread_get(owner) == &owner_none);
	errno = 33;
	CHECK_INT(errno_hot, 33);
	errno_hot = 34;
	CHECK_INT(errno, 34);
	return arg;
}

TEST(short_ways_lead_to_the_thread)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, look_in_short_ways, NULL));
	CHECK(!pthread_join(thread, NULL));
	look_in_short_ways(NULL);
}

TEST(claim_makes_an_owner)
{
	thread_init();
	errno = 1234;
	CHECK(emit());
	CHECK_INT(errno, 1234);
	CHECK_INT(thread_self.state, THREAD_ALIVE);
	CHECK_INT(thread_self.rcu, RCU_REGISTERED);
	CHECK_INT(thread_self.tid, getpid());
	CHECK(thread_self.owner != &owner_none);
	CHECK(thread_self.owner->holder == &thread_self);
	CHECK_INT((uintptr_t)thread_self.owner % 64, 0);
	CHECK_INT(count_owners(), 1);
	CHECK(owner_none.holder == NULL);
	CHECK_INT(owner_none.taken, 0);
}

TEST(nested_claim_is_refused)
{
	struct thread *t = &thread_self;

	thread_init();
	CHECK(thread_claim(t));
	CHECK(!emit());
	CHECK(!emit());
	CHECK_INT(thread_nested_drops(), 2);
	thread_release(t);
	CHECK(emit());
	CHECK_INT(thread_nested_drops(), 2);
}

static NOINLINE void claim_and_jump(void)
{
	struct thread *t = &thread_self;

	CHECK(thread_claim(t));
	CHECK(lock_acquire(&some_lock));
	rcu_enter();
	t->in_handler = 1;
	longjmp(back, 1);
}

TEST(guard_left_by_longjmp_heals)
{
	thread_init();
	if (setjmp(back) == 0)
		claim_and_jump();
	CHECK(thread_self.busy != NULL);
	CHECK(emit());
	CHECK_INT(thread_nested_drops(), 0);
	CHECK_INT(thread_self.held_count, 0);
	CHECK_INT(thread_self.in_handler, 0);
	CHECK_INT(some_lock.word, 0);
	CHECK(!rcu_inside());
	rcu_wait();
}

TEST(nested_claim_heals_too)
{
	struct thread *t = &thread_self;
	void *outer = t;

	thread_init();
	if (setjmp(back) == 0)
		claim_and_jump();
	CHECK(thread_claim_nested(t, &outer));
	CHECK(outer == NULL);
	thread_release_nested(t, outer);
	CHECK(t->busy == NULL);
}

static bool emitted_in_signal;

static void on_signal(int number)
{
	(void)number;
	emitted_in_signal = emit();
}

TEST(guard_is_not_stale_on_another_stack)
{
	static char memory[64 << 10];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_ONSTACK };
	struct thread *t = &thread_self;

	thread_init();
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	CHECK(thread_claim(t));
	raise(SIGUSR1);
	CHECK(!emitted_in_signal);
	thread_release(t);
	raise(SIGUSR1);
	CHECK(emitted_in_signal);
}

/* An event of the API: allowed inside a handler, nowhere else in our code. */
static NOINLINE bool emit_nested(struct thread *t)
{
	void *outer;

	if (!thread_claim_nested(t, &outer))
		return false;
	CHECK_INT(t->in_handler, 0);
	CHECK(!emit());
	thread_release_nested(t, outer);
	return true;
}

TEST(handlers_may_emit_through_the_api)
{
	struct thread *t = &thread_self;

	thread_init();
	CHECK(emit_nested(t));
	CHECK(t->busy == NULL);
	CHECK(thread_claim(t));
	CHECK(!emit_nested(t));
	t->in_handler = 1;
	CHECK(emit_nested(t));
	CHECK_INT(t->in_handler, 1);
	CHECK(t->busy != NULL);
	CHECK(!emit());
	t->in_handler = 0;
	thread_release(t);
}

static pthread_key_t late_key;
static bool late_emitted;
static int late_state;

/* Of a library whose key is younger than ours. */
static void late_destructor(void *arg)
{
	(void)arg;
	late_emitted = emit();
	late_state = thread_self.state;
}

static void count_exit(struct thread *thread)
{
	CHECK(thread == &thread_self);
	CHECK(thread->busy != NULL);
	CHECK(thread->owner->holder == thread);
	exits++;
}

static void *emit_once(void *arg)
{
	if (arg)
		pthread_setspecific(late_key, arg);
	CHECK(emit());
	return NULL;
}

static void run_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	CHECK_INT(pthread_create(&thread, NULL, run, arg), 0);
	pthread_join(thread, NULL);
}

TEST(dead_thread_passes_through)
{
	thread_init();
	thread_on_exit(count_exit);
	CHECK_INT(pthread_key_create(&late_key, late_destructor), 0);
	late_emitted = true;
	run_thread(emit_once, &late_key);
	CHECK_INT(exits, 1);
	CHECK(!late_emitted);
	CHECK_INT(late_state, THREAD_DEAD);
	CHECK_INT(thread_nested_drops(), 0);
}

static void *claim_and_exit(void *arg)
{
	struct thread *t = &thread_self;

	(void)arg;
	CHECK(thread_claim(t));
	CHECK(lock_acquire(&some_lock));
	pthread_exit(NULL);
}

TEST(guard_left_by_thread_exit_heals)
{
	thread_init();
	thread_on_exit(count_exit);
	run_thread(claim_and_exit, NULL);
	CHECK_INT(exits, 1);
	CHECK_INT(some_lock.word, 0);
	run_thread(emit_once, NULL);
	CHECK_INT(count_owners(), 1);
}

TEST(owners_are_reused)
{
	struct owner *first;
	int i;

	thread_init();
	CHECK(emit());
	first = thread_self.owner;
	for (i = 0; i < SEQUENTIAL; i++)
		run_thread(emit_once, NULL);
	CHECK(count_owners() <= 2);
	CHECK(thread_self.owner == first);
	CHECK_INT(first->tid, getpid());
}

static pthread_barrier_t everybody;

static void *emit_together(void *arg)
{
	(void)arg;
	CHECK(emit());
	thread_self.owner->heap = &thread_self;
	pthread_barrier_wait(&everybody);
	CHECK(thread_self.owner->heap == &thread_self);
	return NULL;
}

/* Nobody shares one, and a second wave needs no more of them. */
TEST(each_living_thread_has_its_own)
{
	static pthread_t threads[MANY];
	pthread_attr_t attr;
	int wave, i;

	thread_init();
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	for (wave = 0; wave < 2; wave++) {
		pthread_barrier_init(&everybody, NULL, MANY);
		for (i = 0; i < MANY; i++)
			CHECK_INT(pthread_create(&threads[i], &attr,
						 emit_together, NULL),
				  0);
		for (i = 0; i < MANY; i++)
			pthread_join(threads[i], NULL);
		CHECK_INT(count_owners(), MANY);
	}
	/* 10,000 threads must stay below 50 MB of everything. */
	CHECK(sizeof(struct owner) <= 1024);
	CHECK(sizeof(struct thread) <= 128);
}

TEST(our_own_thread_passes_through)
{
	thread_init();
	CHECK(emit());
	thread_is_ours();
	CHECK(!emit());
	CHECK_INT(thread_nested_drops(), 0);
	CHECK_INT(thread_self.state, THREAD_OURS);
	CHECK(thread_self.owner == &owner_none);
	run_thread(emit_once, NULL);
	CHECK_INT(count_owners(), 1);
}

/* Sanitizers bring an allocator of their own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static __thread bool callocs_emit;
static bool callocs_emitted;

void *__libc_calloc(size_t count, size_t size);

/* What libc's own calls reach under the shim: a wrapper that emits. */
EXPORT void *calloc(size_t count, size_t size)
{
	if (callocs_emit) {
		callocs_emitted |= emit();
		errno = ENOMEM;
	}
	return __libc_calloc(count, size);
}

static void *emit_allocating(void *arg)
{
	callocs_emit = true;
	errno = 0;
	if (arg)
		CHECK(thread_setup(&thread_self));
	CHECK(emit());
	CHECK_INT(errno, 0);
	CHECK(thread_self.busy == NULL);
	callocs_emit = false;
	return NULL;
}

/* H61: with as many keys in use, libc's registration of ours allocates. */
TEST(registration_may_allocate)
{
	pthread_key_t keys[KEYS];
	int i;

	for (i = 0; i < KEYS; i++)
		CHECK_INT(pthread_key_create(&keys[i], NULL), 0);
	thread_init();
	emit_allocating(NULL);
	CHECK(thread_nested_drops() > 0);
	run_thread(emit_allocating, NULL);
	run_thread(emit_allocating, keys);
	CHECK_INT(count_owners(), 2);
	CHECK(!callocs_emitted);
}
#endif
