/*
 * trust.c - may code be loaded from this file?
 *
 * Looks at owners and modes only.  Uses no descriptors.
 */
#include "runtime/trust.h"

#include "base/buf.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int stat_path(const char *path, struct stat *st, int flags)
{
	return (int)sys_call(SYS_newfstatat, AT_FDCWD, (long)path, (long)st,
			     flags, 0, 0);
}

static bool is_owner_trusted(const struct stat *st, const char *shim)
{
	struct stat own;

	if (st->st_uid == 0 || st->st_uid == sys_geteuid())
		return true;
	return stat_path(shim, &own, 0) == 0 && own.st_uid == st->st_uid;
}

static int check_directory(const char *path, const char *shim, const char **why)
{
	struct stat st;
	int error = stat_path(path, &st, 0);

	*why = "is in a directory that cannot be examined";
	if (error)
		return error;
	*why = "is in a directory of another user";
	if (!is_owner_trusted(&st, shim))
		return -EPERM;
	*why = "is in a directory that others can write to";
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return -EPERM;
	return 0;
}

/* Cuts the last part off; false at the root. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

int trust_check(const char *path, const char *shim, bool parents,
		const char **why)
{
	static LARGE char above[PATH_MAX]; /* one thread only: the exporter's */
	struct buf b = BUF(above);
	struct stat st;
	int error = stat_path(path, &st, AT_SYMLINK_NOFOLLOW);

	*why = error == -ENOENT ? "does not exist" : "cannot be examined";
	if (error)
		return error;
	*why = "is no regular file";
	if (!S_ISREG(st.st_mode))
		return -EPERM;
	*why = "belongs to another user";
	if (!is_owner_trusted(&st, shim))
		return -EPERM;
	*why = "can be written by others";
	if (st.st_mode & 022)
		return -EPERM;
	buf_str(&b, path);
	*why = "has too long a name";
	if (b.cut)
		return -ENAMETOOLONG;
	while (go_up(above)) {
		error = check_directory(above, shim, why);
		if (error || !parents)
			return error;
	}
	return 0;
}
