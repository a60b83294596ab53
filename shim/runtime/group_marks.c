/*
 * group_marks.c - empty files in the group's folder.
 */
#include "runtime/group_marks.h"

#include "base/buf.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
	[GROUP_REPORTED] = "reported",
	[GROUP_HOSTED] = "hosted",
};

#define PATH_SIZE 1200 /* base/segment_file.c bounds the directory */

static void get_path(char *path, enum group_mark mark)
{
	struct buf b;

	buf_init(&b, path, PATH_SIZE);
	buf_printf(&b, "%s/%s", segment_directory(), names[mark]);
}

int group_mark(enum group_mark mark)
{
	char path[PATH_SIZE];
	int fd;

	get_path(path, mark);
	fd = segment_file_open(AT_FDCWD, path, O_RDONLY | O_CREAT, 0600);
	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}

void group_unmark(enum group_mark mark)
{
	char path[PATH_SIZE];

	get_path(path, mark);
	sys_unlinkat(AT_FDCWD, path, 0);
}

static bool exists(const char *path)
{
	return sys_call(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0, 0, 0) ==
	       0;
}

bool group_is_marked(enum group_mark mark)
{
	char path[PATH_SIZE];

	get_path(path, mark);
	return exists(path);
}

/* In the folder that this group's is in. */
static bool are_all_marked(enum group_mark mark)
{
	const char *directory = segment_directory();
	const char *slash = strrchr(directory, '/');
	char path[PATH_SIZE];
	struct buf b = BUF(path);

	buf_bytes(&b, directory, slash ? (size_t)(slash - directory) : 0);
	buf_printf(&b, "/%s", names[mark]);
	return exists(path);
}

bool group_is_hosted(void)
{
	return group_is_marked(GROUP_HOSTED) || are_all_marked(GROUP_HOSTED);
}

bool group_is_visible(void)
{
	return exists(segment_directory());
}
