/*
 * process_exec.c - the exec family: libc.process.exec just before the image is
 * replaced, libc.process.exec_failed when it was not.
 *
 * The environment and the arguments pass through as they are.  In the child of
 * a vfork our memory is the parent's: nothing is said there, nothing is left
 * open, only the call is made.
 */
#include "wrap/expand.h"
#include "wrap/process.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Spans that are open end now: whether the call fails is known too late. */
static void close_spans(void)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return;
	span_close_all(t, &SYM_kind_exit);
	thread_release(t);
}

static bool announce(const char *function, const char *path)
{
	struct telemetry_field metadata[2];
	size_t n = 0;

	if (process_is_borrowed())
		return false;
	metadata[n++] = field_text(&SYM_function, function, strlen(function));
	if (path)
		metadata[n++] = field_text(&SYM_executable, path, strlen(path));
	process_event("libc.process.exec", metadata, n);
	close_spans();
	if (wrap_hooks.exec)
		wrap_hooks.exec();
	return true;
}

static void failed(const char *function, bool announced)
{
	struct telemetry_field metadata[2];
	int saved = errno;

	if (!announced)
		return;
	if (wrap_hooks.exec_failed)
		wrap_hooks.exec_failed();
	metadata[0] = field_text(&SYM_function, function, strlen(function));
	metadata[1] = (struct telemetry_field){
		.key = SYM_error_type.text,
		.value = failure_errno(saved).reason,
	};
	process_event("libc.process.exec_failed", metadata, 2);
	errno = saved;
}

#define EXEC(fn, path, ...)                                                    \
	WRAP_SITE(FAMILY_PROCESS, int, fn, NULL, __VA_ARGS__)                  \
	static int do_##fn(const char *function, PARAMS(__VA_ARGS__))          \
	{                                                                      \
		int saved = errno, ret;                                        \
		bool announced = announce(function, path);                     \
                                                                               \
		errno = saved;                                                 \
		ret = NEXT(fn)(ARGS(__VA_ARGS__));                             \
		failed(function, announced);                                   \
		return ret;                                                    \
	}                                                                      \
	EXPORT int fn(PARAMS(__VA_ARGS__))                                     \
	{                                                                      \
		return do_##fn(#fn, ARGS(__VA_ARGS__));                        \
	}

/* A path that is no string is the kernel's to refuse (EFAULT); it is looked at
 * only where libc itself must read it first. */
EXEC(execve, NULL, (const char *, path), (char *const *, argv),
     (char *const *, envp))
EXEC(execv, NULL, (const char *, path), (char *const *, argv))
EXEC(execvp, file, (const char *, file), (char *const *, argv))
EXEC(execvpe, file, (const char *, file), (char *const *, argv),
     (char *const *, envp))
EXEC(fexecve, NULL, (int, fd), (char *const *, argv), (char *const *, envp))
EXEC(execveat, NULL, (int, dir), (const char *, path), (char *const *, argv),
     (char *const *, envp), (int, flags))

/*
 * The list forms become the vector forms, on the stack as libc does it: there
 * may be any number of arguments, and no allocation is allowed here.
 */
#define LIST_COUNT(first, count, list)                                         \
	do {                                                                   \
		va_start(list, first);                                         \
		for (count = 1; va_arg(list, char *); count++)                 \
			;                                                      \
		va_end(list);                                                  \
	} while (0)

#define LIST_COPY(first, argv, count, list)                                    \
	do {                                                                   \
		size_t i_;                                                     \
                                                                               \
		argv[0] = (char *)(uintptr_t)first;                            \
		for (i_ = 1; i_ <= count; i_++)                                \
			argv[i_] = va_arg(list, char *);                       \
	} while (0)

#define EXEC_LIST(fn, vector, with_env)                                        \
	EXPORT int fn(const char *path, const char *first, ...)                \
	{                                                                      \
		uintptr_t given = (uintptr_t)first;                            \
		va_list list;                                                  \
		size_t count;                                                  \
                                                                               \
		/* Declared never NULL, but an empty list is called. */        \
		__asm__("" : "+r"(given));                                     \
		if (!given)                                                    \
			count = 0;                                             \
		else                                                           \
			LIST_COUNT(first, count, list);                        \
		{                                                              \
			char *argv[count + 1];                                 \
			char *const *envp = NULL;                              \
                                                                               \
			va_start(list, first);                                 \
			if (count)                                             \
				LIST_COPY(first, argv, count, list);           \
			else                                                   \
				argv[0] = NULL;                                \
			if (with_env)                                          \
				envp = va_arg(list, char *const *);            \
			va_end(list);                                          \
			return vector;                                         \
		}                                                              \
	}

EXEC_LIST(execl, ((void)envp, do_execv("execl", path, argv)), false)
EXEC_LIST(execlp, ((void)envp, do_execvp("execlp", path, argv)), false)
EXEC_LIST(execle, do_execve("execle", path, argv, envp), true)
