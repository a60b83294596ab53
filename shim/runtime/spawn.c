/*
 * spawn.c - threads of our own.
 *
 * pthread_create() allocates (the new thread's DTV) and takes locks of libc.  A
 * signal handler that calls _exit() may have interrupted malloc() or
 * pthread_create() in the same thread: it would find a heap in pieces, or wait
 * for itself for ever.  So on the way out another task of the kernel makes that
 * call: it borrows this thread's libc identity, which this thread does not use
 * meanwhile, and is left alone if it gets stuck; and what libc allocates for it
 * comes from our own memory.
 */
#define _GNU_SOURCE /* clone() */
#include "runtime/spawn.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/sys.h"
#include "base/thread.h"
#include "wrap/elf.h"
#include "wrap/heap.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define STACK_SIZE (512u << 10)
#define HELPER_STACK (64u << 10)
#define SETTLED_NS 1000000000ull
/* Signals that libc uses to talk to threads (setuid, cancellation). */
#define LIBC_SIGNALS (3ull << 31)

typedef int (*create_function)(pthread_t *, const pthread_attr_t *,
			       void *(*)(void *), void *);

static uint64_t set_mask(uint64_t mask)
{
	uint64_t old = 0;

	sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&old,
		 sizeof(mask), 0, 0);
	return old;
}

static uint64_t steady_mask;

static uint64_t current_mask(void)
{
	uint64_t mask = 0;

	sys_call(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof(mask), 0,
		 0);
	return mask;
}

void spawn_remember_mask(void)
{
	steady_mask = current_mask();
}

/* Has the mask been like this for a second?  Daemons block what they read from
 * a signalfd or by sigwait() after main has begun; no handler runs so long. */
static bool has_settled(uint64_t mask)
{
	static uint64_t seen_mask, seen_since;
	uint64_t now = clock_ns();

	if (load_relaxed(&seen_mask) != mask) {
		store_relaxed(&seen_mask, mask);
		store_relaxed(&seen_since, now);
		return false;
	}
	return now - load_relaxed(&seen_since) >= SETTLED_NS;
}

/* A handler runs with its own signal blocked.  Not so under SA_NODEFER, whose
 * users expect their handlers to be interrupted anywhere. */
bool spawn_is_safe(void)
{
	uint64_t mask = current_mask() & ~LIBC_SIGNALS;

	return mask == 0 || mask == (steady_mask & ~LIBC_SIGNALS) ||
	       has_settled(mask);
}

/* Signals are blocked by the caller: the thread inherits that. */
static int create(void *(*run)(void *))
{
	create_function original = (create_function)elf_next("pthread_create");
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	if (!original || pthread_attr_init(&attr))
		return -ENOSYS;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	error = original(&thread, &attr, run, NULL);
	pthread_attr_destroy(&attr);
	/* More static TLS than we thought of: libc's default then. */
	if (error == EINVAL && pthread_attr_init(&attr) == 0) {
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		error = original(&thread, &attr, run, NULL);
		pthread_attr_destroy(&attr);
	}
	return -error;
}

/* What libc does for us on a thread of the host is no event of the host's, and
 * is counted nowhere. */
struct disguise {
	struct owner *owner;
	uint64_t mask;
	int saved_errno;
	uint8_t state;
};

static struct disguise put_on(enum thread_state state)
{
	struct disguise d = {
		.owner = thread_self.owner,
		.mask = set_mask(~LIBC_SIGNALS),
		.saved_errno = errno,
		.state = thread_self.state,
	};

	thread_self.state = (uint8_t)state;
	thread_self.owner = &owner_none;
	return d;
}

static void take_off(const struct disguise *d)
{
	thread_self.owner = d->owner;
	thread_self.state = d->state;
	set_mask(d->mask);
	errno = d->saved_errno;
}

int spawn_thread(void *(*run)(void *))
{
	struct disguise d = put_on(THREAD_OURS);
	int error = create(run);

	take_off(&d);
	return error;
}

struct helper {
	void *(*run)(void *);
	int result;
	uint32_t done;
};

static int help(void *arg)
{
	struct helper *helper = arg;

	helper->result = create(helper->run);
	/* Pairs with spawn_thread_bounded(). */
	store_release(&helper->done, 1);
	sys_futex_wake(&helper->done, 1);
	return 0; /* libc's clone() ends this task alone */
}

static bool wait_done(struct helper *helper, int timeout_ms)
{
	uint64_t end = clock_ns() + (uint64_t)timeout_ms * 1000000;

	/* Pairs with help(). */
	while (!load_acquire(&helper->done)) {
		uint64_t now = clock_ns();
		struct timespec ts;

		if (now >= end)
			return false;
		ts.tv_sec = (time_t)((end - now) / 1000000000);
		ts.tv_nsec = (long)((end - now) % 1000000000);
		sys_futex_wait(&helper->done, 0, &ts);
	}
	return true;
}

int spawn_thread_bounded(void *(*run)(void *), int timeout_ms)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_SYSVSEM;
	/* Never given back: the task may still be on its way out, or stuck,
	 * and the process ends. */
	char *pages = arena_borrow(HELPER_STACK);
	struct helper *helper = (void *)pages;
	struct disguise d;
	int result;

	/* Nothing keeps libc from the heap while that is not counted. */
	if (!load_relaxed(&heap_counting) && !spawn_is_safe())
		return -EDEADLK;
	if (!pages)
		return -ENOMEM;
	helper->run = run;
	heap_spare_begin();
	d = put_on(THREAD_BORROWED);
	if (clone(help, pages + HELPER_STACK, flags, helper) < 0)
		result = -errno;
	else
		result = wait_done(helper, timeout_ms) ? helper->result
						       : -ETIMEDOUT;
	take_off(&d);
	return result;
}
