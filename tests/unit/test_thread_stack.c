/* test_thread_stack.c - where a thread's stack is taken to be. */
#define _GNU_SOURCE
#include "base/thread.h"

#include "test.h"

#include <pthread.h>
#include <setjmp.h>

static jmp_buf back;

static NOINLINE bool emit(void)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return false;
	thread_release(t);
	return true;
}

static NOINLINE void claim_and_jump(void)
{
	CHECK(thread_claim(&thread_self));
	longjmp(back, 1);
}

static void run_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	CHECK_INT(pthread_create(&thread, NULL, run, arg), 0);
	pthread_join(thread, NULL);
}

static bool is_inside(const void *p)
{
	uintptr_t a = (uintptr_t)p;

	return thread_self.stack_low <= a && a < thread_self.stack_high;
}

static void *check_bounds(void *arg)
{
	pthread_attr_t attr;
	void *low;
	size_t size;

	CHECK_INT(thread_self.stack_high, 0);
	thread_started(FRAME(), *(size_t *)arg);
	CHECK(is_inside(FRAME()));
	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &low, &size);
	CHECK(thread_self.stack_high <= (uintptr_t)low + size);
	/* Never deeper than there is stack, but for a page or two. */
	CHECK(thread_self.stack_low + 2 * 4096 >= (uintptr_t)low);
	CHECK(thread_self.stack_low < (uintptr_t)low + size / 4);
	return NULL;
}

TEST(stack_bounds)
{
	pthread_attr_t attr;
	size_t size;

	thread_init();
	CHECK(is_inside(FRAME()));
	CHECK(!is_inside(&back));
	pthread_attr_init(&attr);
	pthread_attr_getstacksize(&attr, &size);
	run_thread(check_bounds, &size);
}

static void *jump_without_bounds(void *arg)
{
	(void)arg;
	if (setjmp(back) == 0)
		claim_and_jump();
	/* Where the stack lies is not known: better silent than wrong. */
	CHECK(!emit());
	thread_started(FRAME(), 64 << 10);
	CHECK(emit());
	return NULL;
}

TEST(without_bounds_nothing_is_stale)
{
	thread_init();
	run_thread(jump_without_bounds, NULL);
}
