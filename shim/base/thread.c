/*
 * thread.c - the slow paths of a thread's life with us: its first event, the
 * first one after a fork, the guard found set, its end.
 *
 * Everything here happens once per thread or after something unusual.  It runs
 * under the guard, because registering with liburcu or libc may allocate from
 * the host's heap, whose wrappers lead back here.
 */
#include "base/thread.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/owner.h"
#include "base/rcu.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread_stack.h"

#include <errno.h>
#include <pthread.h>

struct owner owner_none;

__thread struct thread thread_self = { .owner = &owner_none };

#if defined(THREAD_OFFSET)
HOT_DATA uintptr_t thread_offset, errno_offset;

/* Before anything that could be attached to. */
__attribute__((constructor(101))) static void find_offsets(void)
{
	uintptr_t pointer;

	__asm__("movq %%fs:0, %0" : "=r"(pointer));
	thread_offset = (uintptr_t)&thread_self - pointer;
	errno_offset = (uintptr_t)&errno - pointer;
}
#endif

static pthread_key_t key;
static bool ready; /* key and pool are there */
static uint64_t nested_drops;
static void (*exit_callback)(struct thread *thread);
static void (*fork_callback)(bool raw);
/* What the guard is set to while a fork's handlers run: on no stack, so never
 * stale. */
static char fork_guard;

static void drop_nested(void)
{
	add_relaxed(&nested_drops, 1);
	segment_drop(DROP_NESTED, 1);
}

/* The frame that set the guard was left by longjmp: undoes what it would have
 * undone on its way out. */
static COLD void heal(struct thread *thread)
{
	while (thread->held_count > 0) {
		struct lock *lock = thread->held[thread->held_count - 1];

		if (lock && lock_is_mine(lock))
			lock_release(lock);
		else
			thread->held_count--;
	}
	if (thread->rcu == RCU_REGISTERED)
		while (rcu_inside())
			rcu_leave();
	/* Pairs with is_clear() in event/retire.c. */
	if (thread->owner->section & 1)
		store_release(&thread->owner->section,
			      thread->owner->section + 1);
	thread->in_handler = 0;
	thread_release(thread);
}

/* False: it is set by a frame that is still there. */
static bool free_guard(struct thread *thread, void *frame)
{
	if (thread->busy == NULL)
		return true;
	if (!thread_frame_is_stale(thread, thread->busy, frame))
		return false;
	heal(thread);
	return true;
}

static bool is_ready(const struct thread *thread)
{
	return thread->state == THREAD_ALIVE && thread->owner->holder == thread;
}

COLD bool thread_claim_slow(struct thread *thread, void *frame)
{
	int saved = errno;
	bool is_free;

	if (thread->state >= THREAD_DEAD)
		return false;
	is_free = free_guard(thread, frame);
	errno = saved;
	if (!is_free) {
		/* What a handler of the program allocates or writes is not
		 * ours to report; see <telemetry/telemetry.h>. */
		if (!thread->in_handler)
			drop_nested();
		return false;
	}
	thread->busy = frame;
	compiler_barrier();
	if (is_ready(thread) || thread_setup(thread))
		return true;
	thread_release(thread);
	return false;
}

COLD bool thread_claim_nested_slow(struct thread *thread, void *frame,
				   void **outer)
{
	void *busy = thread->busy;

	*outer = NULL;
	if (busy == NULL || !thread->in_handler ||
	    thread_frame_is_stale(thread, busy, frame))
		return thread_claim_slow(thread, frame);
	if (!is_ready(thread) && !thread_setup(thread))
		return false;
	*outer = busy;
	thread->in_handler = 0;
	compiler_barrier();
	thread->busy = frame;
	compiler_barrier();
	return true;
}

/* The first event in the child of a fork.  Only one thread comes here. */
static COLD void begin_child(void)
{
	bool raw = owner_pool_is_raw();

	if (raw)
		arena_reset_lock();
	if (fork_callback)
		fork_callback(raw);
	owner_pool_ready();
}

static bool enter_pool(struct thread *thread)
{
	switch (owner_pool_enter(thread->tid)) {
	case OWNER_POOL_READY:
		return true;
	case OWNER_POOL_CHILD:
		begin_child();
		return true;
	case OWNER_POOL_BUSY:
		segment_drop(DROP_LOCK, 1);
		return false;
	default:
		return false;
	}
}

static bool watch_exit(struct thread *thread)
{
	static int warned;

	if (pthread_setspecific(key, thread) == 0)
		return true;
	/* Its end would go unseen. */
	thread->state = THREAD_DEAD;
	owner_put(thread->owner);
	thread->owner = &owner_none;
	if (__atomic_exchange_n(&warned, 1, __ATOMIC_RELAXED) == 0)
		log_error("no memory to follow a thread: it is not observed");
	return false;
}

static bool set_up(struct thread *thread)
{
	thread->tid = (uint32_t)sys_gettid();
	if (!enter_pool(thread))
		return false;
	if (thread->owner->holder != thread) {
		struct owner *owner = owner_take(thread->tid);

		if (!owner)
			return false;
		thread->owner = owner;
	}
	if (!watch_exit(thread))
		return false;
	/* In the child of a raw fork, liburcu's lock may be held for ever. */
	if (thread->rcu == RCU_NONE && !owner_pool_is_raw()) {
		rcu_register();
		thread->rcu = RCU_REGISTERED;
	}
	compiler_barrier();
	thread->state = THREAD_ALIVE;
	return true;
}

COLD bool thread_setup(struct thread *thread)
{
	bool guarded = thread->busy != NULL, done;
	int saved = errno;

	if (thread->state >= THREAD_DEAD || !ready)
		return false;
	if (!guarded) {
		thread->busy = FRAME();
		compiler_barrier();
	}
	done = set_up(thread);
	if (!guarded)
		thread_release(thread);
	errno = saved;
	return done;
}

/* Destructors of other libraries and libc itself still free memory after this:
 * all that passes through. */
static void at_exit(void *arg UNUSED)
{
	struct thread *thread = &thread_self;

	if (thread->state >= THREAD_DEAD)
		return;
	/* No frame of this thread is left that could still give it back. */
	if (thread->busy != NULL)
		heal(thread);
	if (thread_claim(thread)) {
		if (exit_callback)
			exit_callback(thread);
		owner_put(thread->owner);
		thread->owner = &owner_none;
		if (thread->plans)
			arena_free(thread->plans, THREAD_PLANS);
		thread->plans = NULL;
		thread_release(thread);
	}
	thread->state = THREAD_DEAD;
}

void thread_init(void)
{
	int ret;

	if (ready)
		return;
	thread_bounds_of_main();
	ret = owner_pool_init();
	if (ret < 0) {
		log_error("no memory that forks clear (error %d): nothing is "
			  "observed",
			  -ret);
		return;
	}
	ret = pthread_key_create(&key, at_exit);
	if (ret) {
		log_error("no thread-specific key is left (error %d): nothing "
			  "is observed",
			  ret);
		return;
	}
	ready = true;
}

void thread_is_over(void)
{
	struct thread *thread = &thread_self;

	if (thread->state >= THREAD_DEAD)
		return;
	thread->state = THREAD_DEAD;
	owner_put(thread->owner);
	thread->owner = &owner_none;
}

void thread_is_ours(void)
{
	struct thread *thread = &thread_self;

	if (is_ready(thread))
		owner_put(thread->owner);
	thread->owner = &owner_none;
	thread->state = THREAD_OURS;
}

bool thread_guest_begin(struct thread *thread, void *frame)
{
	if (thread->state != THREAD_OURS)
		return false;
	thread->state = THREAD_NEW;
	thread->busy = frame;
	compiler_barrier();
	if (!thread_setup(thread)) {
		thread->busy = NULL;
		thread->state = THREAD_OURS;
		return false;
	}
	thread->in_handler = 1;
	return true;
}

void thread_guest_end(struct thread *thread)
{
	thread->in_handler = 0;
	thread_is_ours();
	thread->busy = NULL;
}

struct owner *thread_owners(void)
{
	return owner_first();
}

void thread_on_exit(void (*fn)(struct thread *thread))
{
	exit_callback = fn;
}

void thread_on_fork(void (*fn)(bool raw))
{
	fork_callback = fn;
}

void thread_before_fork(void)
{
	/* Nothing of ours may want the locks that are held across the fork. */
	if (thread_self.busy == NULL)
		thread_self.busy = &fork_guard;
}

void thread_after_fork_parent(void)
{
	if (thread_self.busy == &fork_guard)
		thread_release(&thread_self);
}

void thread_after_fork_child(void)
{
	struct thread *thread = &thread_self;

	thread->tid = (uint32_t)sys_gettid();
	thread->held_count = 0;
	/* Its place may go to a thread that emits before this one does. */
	thread->owner = &owner_none;
	owner_pool_set_handled();
	thread_after_fork_parent();
}

uint64_t thread_nested_drops(void)
{
	return load_relaxed(&nested_drops);
}
