/*
 * thread_life.c - libc.thread.start and libc.thread.exit, and the bounds of
 * each thread's stack, learnt where the thread begins.
 */
#include "wrap/expand.h"
#include "wrap/process.h"

#include "base/arena.h"

#include <pthread.h>

typedef void *start_function(void *arg);

struct start {
	start_function *function;
	void *arg;
	size_t stack_size;
};

/* Last frame of ours below the host's start function: a tail call, so that
 * nothing of us is left on its stack. */
static void *begin(void *opaque)
{
	struct start start = *(struct start *)opaque;
	struct thread *t = &thread_self;

	thread_started(FRAME(), start.stack_size);
	if (thread_claim(t)) {
		arena_free(opaque, sizeof(start));
		thread_release(t);
	}
	process_event("libc.thread.start", NULL, 0);
	return start.function(start.arg);
}

static struct start *start_new(start_function *function, void *arg,
			       const pthread_attr_t *attr)
{
	struct thread *t = &thread_self;
	struct start *start = NULL;
	pthread_attr_t plain;
	int saved = errno;

	if (!process_family_is_on || !thread_claim(t))
		return NULL;
	start = arena_alloc(sizeof(*start));
	if (start) {
		start->function = function;
		start->arg = arg;
		/* Does not allocate; the default size is the process's. */
		if (!attr && pthread_attr_init(&plain) == 0)
			attr = &plain;
		if (attr)
			pthread_attr_getstacksize(attr, &start->stack_size);
	}
	thread_release(t);
	errno = saved;
	return start;
}

WRAP_SITE(FAMILY_PROCESS, int, pthread_create, NULL, (pthread_t *, thread),
	  (const pthread_attr_t *, attr), (start_function *, function),
	  (void *, arg))
EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  start_function *function, void *arg)
{
	struct start *start = start_new(function, arg, attr);
	struct thread *t = &thread_self;
	int ret;

	if (!start)
		return NEXT(pthread_create)(thread, attr, function, arg);
	ret = NEXT(pthread_create)(thread, attr, begin, start);
	if (ret != 0 && thread_claim(t)) {
		arena_free(start, sizeof(*start));
		thread_release(t);
	}
	return ret;
}
