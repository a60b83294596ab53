/*
 * target.c - is this a program that we want to look at?
 *
 * Knows the programs that must never be disturbed.  Does not read files: the
 * path of the executable is one readlink(), and one word of the auxiliary
 * vector where there is no /proc.
 */
#include "runtime/target.h"

#include "base/sys.h"
#include "runtime/list.h"

#include <linux/limits.h>
#include <string.h>
#include <sys/auxv.h>

/* By base name.  Debuggers and tracers see our threads and files as the
 * program's; the others are the foundation that a sick shim would pull down
 * with it. */
static const char *const left_alone[] = {
	"gdb",	       "gdbserver",    "lldb",
	"lldb-server", "rr",	       "strace",
	"ltrace",      "valgrind*",    "memcheck-*",
	"qemu-*",      "bpftrace",     "perf",
	"ldd",	       "ld.so",	       "ld-linux*",
	"ld-musl*",    "ldconfig",     "init",
	"systemd*",    "(systemd*",    "(sd-*",
	"dbus-daemon", "dbus-broker*", "polkitd",
	"agetty",      "login",	       "gdm*",
	"upstart",     "runit*",       "openrc*",
	"s6-*",	       "udevd",	       "telemetry-host",
};

const char *target_executable(void)
{
	static LARGE char path[PATH_MAX];
	ssize_t length = sys_readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *given;

	if (length > 0) {
		path[length] = '\0';
		return path;
	}
	given = (const char *)getauxval(AT_EXECFN);
	return given ? given : "";
}

const char *target_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool target_is_secure(void)
{
	return getauxval(AT_SECURE) != 0;
}

struct search {
	const char *path;
	bool found;
};

/* A pattern without '/' is about the base name, as in .gitignore. */
static void match(const char *pattern, size_t length, void *arg)
{
	struct search *search = arg;
	const char *text = search->path;

	if (!memchr(pattern, '/', length))
		text = target_base_name(text);
	if (list_glob(pattern, length, text))
		search->found = true;
}

static bool is_among(const char *executable, const char *patterns)
{
	struct search search = { .path = executable };

	list_each(patterns, match, &search);
	return search.found;
}

bool target_is_wanted(const char *executable, const char *only,
		      const char *except)
{
	const char *name = target_base_name(executable);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_alone); i++)
		if (list_glob(left_alone[i], strlen(left_alone[i]), name))
			return false;
	if (only && !is_among(executable, only))
		return false;
	return !except || !is_among(executable, except);
}
