/*
 * thread_stack.c - where the stacks of the host's threads lie.
 *
 * Asked once per thread, without libc's help: pthread_getattr_np() allocates,
 * and reads /proc/self/maps for the main thread.  The lower bound may be a
 * little too low, never too high.
 */
#include "base/thread_stack.h"

#include "base/sys.h"
#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define STACK_UNLIMITED (64u << 20)
#define PAGE 4096u

void thread_bounds_of_main(void)
{
	struct thread *thread = &thread_self;
	int saved = errno;
	struct rlimit limit = { 0 };
	uintptr_t size = STACK_UNLIMITED;

	if (thread->stack_high != 0 || sys_gettid() != sys_getpid())
		return;
	/* The kernel put these bytes above the first frame. */
	thread->stack_high = getauxval(AT_RANDOM);
	errno = saved;
	if (sys_call(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit, 0, 0) ==
		    0 &&
	    limit.rlim_cur != RLIM_INFINITY)
		size = limit.rlim_cur;
	if (size < thread->stack_high)
		thread->stack_low = thread->stack_high - size;
	else
		thread->stack_low = PAGE;
}

void thread_started(const void *frame, size_t stack_size)
{
	struct thread *thread = &thread_self;
	/* libc keeps the thread's block at the high end of its stack. */
	uintptr_t low = (uintptr_t)frame, block = (uintptr_t)pthread_self();
	uintptr_t high = low;

	if (block > low && block - low < stack_size)
		high = block;
	high = (high + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	if (stack_size >= high)
		return;
	thread->stack_high = high;
	thread->stack_low = high - stack_size;
}
