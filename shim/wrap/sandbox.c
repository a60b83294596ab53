/*
 * sandbox.c - calls that are watched, not changed: they tell the shim to be
 * quieter before they take effect.
 */
#include "wrap/expand.h"
#include "wrap/fd.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>

static void tell(void (*hook)(void))
{
	int saved = errno;

	if (hook)
		hook();
	errno = saved;
}

WRAP_SITE(FAMILY_PROCESS, int, unshare, NULL, (int, flags))
EXPORT int unshare(int flags)
{
	tell(wrap_hooks.single_threaded);
	return NEXT(unshare)(flags);
}

WRAP_SITE(FAMILY_PROCESS, int, setns, NULL, (int, fd), (int, type))
EXPORT int setns(int fd, int type)
{
	tell(wrap_hooks.single_threaded);
	return NEXT(setns)(fd, type);
}

static int first_prctl(int option, ...);
WRAP_PLAIN_SITE(FAMILY_PROCESS, prctl)

#define PRCTL_ARGS(option, a)                                                  \
	do {                                                                   \
		va_list list;                                                  \
		int i;                                                         \
                                                                               \
		va_start(list, option);                                        \
		for (i = 0; i < 4; i++)                                        \
			a[i] = va_arg(list, unsigned long);                    \
		va_end(list);                                                  \
	} while (0)

static int first_prctl(int option, ...)
{
	unsigned long a[4];

	PRCTL_ARGS(option, a);
	if (!wrap_resolve_site(&SITE(prctl)))
		return (int)wrap_missing();
	return NEXT(prctl)(option, a[0], a[1], a[2], a[3]);
}

/* Before a filter. */
static void be_quiet(int option, unsigned long mode)
{
	int saved = errno;

	if (option != PR_SET_TSC)
		fd_ask_nobody();
	if (wrap_hooks.sandboxed)
		wrap_hooks.sandboxed(option != PR_SET_NO_NEW_PRIVS);
	/* Of this thread any other call than read and write is its end. */
	if (option == PR_SET_SECCOMP && mode == SECCOMP_MODE_STRICT)
		thread_is_over();
	errno = saved;
}

/* libseccomp sets PR_SET_NO_NEW_PRIVS before it loads a filter by a system call
 * of its own, which does not pass through here. */
EXPORT int prctl(int option, ...)
{
	unsigned long a[4];

	PRCTL_ARGS(option, a);
	if (option == PR_SET_SECCOMP || option == PR_SET_TSC ||
	    option == PR_SET_NO_NEW_PRIVS)
		be_quiet(option, a[0]);
	return NEXT(prctl)(option, a[0], a[1], a[2], a[3]);
}
