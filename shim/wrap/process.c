/*
 * process.c - fork, spawn, and the ways out.  vfork is never wrapped: it
 * returns twice on one stack.
 */
#include "wrap/process.h"

#include "base/clock.h"
#include "base/owner.h"
#include "wrap/elf_import.h"
#include "wrap/expand.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool process_family_is_on;
int process_pid;

void process_enable(void)
{
	static const char *const events[] = {
		"libc.process.exec", "libc.process.exec_failed",
		"libc.process.exit", "libc.thread.start",
		"libc.thread.exit",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		event_intern(events[i], strlen(events[i]));
	process_family_is_on = true;
}

/* Under the guard. */
static void emit(const char *name, const struct telemetry_field *metadata,
		 size_t count)
{
	struct occurrence o = {
		.metadata = { metadata, count },
		.interned_keys = true,
	};
	struct open_span *parent;

	o.event = event_find(name, strlen(name));
	if (!o.event || !event_wanted(o.event))
		return;
	parent = span_current(&thread_self, FRAME());
	o.parent_span_id = parent ? parent->id : 0;
	o.time = clock_ns();
	event_dispatch(&o);
}

void process_event(const char *name, const struct telemetry_field *metadata,
		   size_t count)
{
	struct thread *t = &thread_self;
	int saved = errno;

	if (process_family_is_on && thread_claim(t)) {
		emit(name, metadata, count);
		thread_release(t);
	}
	errno = saved;
}

/* Somebody who can call vfork(), or may have been loaded by now. */
static bool vforks(void)
{
	static uint8_t known; /* 1: nobody that was there at start; 2: yes */
	const struct link_map *map = elf_objects();
	struct elf_object object;

	if (known == 0) {
		known = 1;
		for (; map && elf_is_from_start(map); map = map->l_next)
			if (elf_open(&object, map) &&
			    (elf_imports(&object, "vfork") ||
			     elf_imports(&object, "clone")))
				known = 2;
	}
	return known == 2 || elf_is_grown();
}

bool process_shares_memory(void)
{
	return vforks() && process_is_borrowed() && !owner_pool_is_wiped();
}

void process_thread_exits(struct thread *thread)
{
	span_close_all(thread, &SYM_kind_exit);
	if (process_family_is_on)
		emit("libc.thread.exit", NULL, 0);
}

/* ---- fork and spawn ------------------------------------------------------ */

static void forked(struct wrap_call *call, pid_t child)
{
	struct telemetry_field m[SPAN_RESERVED], d[SPAN_RESERVED + 2];
	struct span_failure failure;
	size_t n = 1;

	d[SPAN_RESERVED] = field_symbol(&SYM_function, call->site->function);
	if (child > 0)
		d[SPAN_RESERVED + n++] = field_i64(&SYM_child_pid, child);
	else
		failure = failure_errno(call->exit_errno);
	wrap_leave(call, child > 0 ? NULL : &failure, m + SPAN_RESERVED, 0,
		   d + SPAN_RESERVED, n);
}

static pid_t first_fork(void);
WRAP_NAMED_SITE(FAMILY_PROCESS, fork, "libc.process.fork")
static pid_t first_fork(void)
{
	if (!wrap_resolve_site(&SITE(fork)))
		return (pid_t)wrap_missing();
	return NEXT(fork)();
}

EXPORT pid_t fork(void)
{
	struct wrap_call call WRAP_ON_UNWIND;
	pid_t child;

	call.open = false;
	if (!wrap_wanted(&SITE(fork)) ||
	    !wrap_begin(&call, &SITE(fork), FRAME(), NULL, 0))
		return NEXT(fork)();
	child = NEXT(fork)();
	if (child == 0) {
		/* The span is the parent's. */
		call.open = false;
		return 0;
	}
	wrap_returned(&call);
	forked(&call, child);
	return child;
}

static void spawned(struct wrap_call *call, int code, const pid_t *child)
{
	struct telemetry_field m[SPAN_RESERVED], d[SPAN_RESERVED + 2];
	struct span_failure failure = failure_errno(code);
	size_t n = 1;

	d[SPAN_RESERVED] = field_symbol(&SYM_function, call->site->function);
	if (code == 0 && child)
		d[SPAN_RESERVED + n++] = field_i64(&SYM_child_pid, *child);
	wrap_leave(call, code ? &failure : NULL, m + SPAN_RESERVED, 0,
		   d + SPAN_RESERVED, n);
}

#define ALWAYS (&wrap_hooks)
#define SPAWN(fn)                                                              \
	WRAP(FAMILY_PROCESS, int, fn, "libc.process.spawn", ALWAYS,            \
	     spawned(&call, ret, child), (pid_t *, child),                     \
	     (const char *, path),                                             \
	     (const posix_spawn_file_actions_t *, actions),                    \
	     (const posix_spawnattr_t *, attributes), (char *const *, argv),   \
	     (char *const *, envp))
SPAWN(posix_spawn)
SPAWN(posix_spawnp)

/* ---- the ways out -------------------------------------------------------- */

static void announce_exit(int status, const char *function)
{
	static int announced; /* the process that has been; a child has not */
	struct telemetry_field metadata[2];

	if (__atomic_exchange_n(&announced, process_pid, __ATOMIC_RELAXED) ==
	    process_pid)
		return;
	metadata[0] = field_text(&SYM_function, function, strlen(function));
	metadata[1] = field_i64(&SYM_exit_status, status);
	process_event("libc.process.exit", metadata, 2);
}

/* More than once where an atexit handler calls _exit(), and in no borrowed
 * memory. */
static void leave(int status, const char *function)
{
	struct thread *t = &thread_self;
	int saved = errno;

	if (process_is_borrowed())
		return;
	announce_exit(status, function);
	if (thread_claim(t)) {
		span_close_all(t, &SYM_kind_exit);
		thread_release(t);
	}
	if (wrap_hooks.leaving)
		wrap_hooks.leaving(status);
	errno = saved;
}

#define EXIT(fn)                                                               \
	static void first_##fn(int status) __attribute__((noreturn));          \
	WRAP_PLAIN_SITE(FAMILY_PROCESS, fn)                                    \
	static void first_##fn(int status)                                     \
	{                                                                      \
		wrap_resolve_site(&SITE(fn));                                  \
		NEXT(fn)(status);                                              \
		__builtin_unreachable();                                       \
	}                                                                      \
	EXPORT void fn(int status)                                             \
	{                                                                      \
		leave(status, #fn);                                            \
		NEXT(fn)(status);                                              \
		__builtin_unreachable();                                       \
	}

EXIT(exit)
EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)

typedef int main_function(int argc, char **argv, char **envp);

static main_function *host_main;

static int main_entry(int argc, char **argv, char **envp)
{
	int status;

	if (wrap_hooks.starting)
		wrap_hooks.starting();
	status = host_main(argc, argv, envp);
	leave(status, "main");
	return status;
}

int __libc_start_main(main_function *main, int argc, char **argv,
		      void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end);

typedef void plain_function(void);

WRAP_SITE(FAMILY_PROCESS, int, __libc_start_main, NULL, (main_function *, main),
	  (int, argc), (char **, argv), (plain_function *, init),
	  (plain_function *, fini), (plain_function *, rtld_fini),
	  (void *, stack_end))
EXPORT int __libc_start_main(main_function *main, int argc, char **argv,
			     plain_function *init, plain_function *fini,
			     plain_function *rtld_fini, void *stack_end)
{
	host_main = main;
	return NEXT(__libc_start_main)(main_entry, argc, argv, init, fini,
				       rtld_fini, stack_end);
}
