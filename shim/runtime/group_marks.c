/*
 * group_marks.c - empty files in the group's folder.
 */
#include "runtime/group_marks.h"

#include "base/buf.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
	[GROUP_REPORTED] = "reported",
	[GROUP_HOST] = "host",
};

struct mark_path {
	char text[1200]; /* base/segment_file.c bounds the directory */
};

static struct mark_path path_of(enum group_mark mark)
{
	struct mark_path path;
	struct buf b = BUF(path.text);

	buf_printf(&b, "%s/%s", segment_directory(), names[mark]);
	return path;
}

int group_mark(enum group_mark mark)
{
	struct mark_path path = path_of(mark);
	int fd = segment_file_open(AT_FDCWD, path.text, O_RDONLY | O_CREAT,
				   0600);

	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}

void group_unmark(enum group_mark mark)
{
	struct mark_path path = path_of(mark);

	sys_unlinkat(AT_FDCWD, path.text, 0);
}

bool group_is_marked(enum group_mark mark)
{
	struct mark_path path = path_of(mark);

	return sys_call(SYS_faccessat, AT_FDCWD, (long)path.text, F_OK, 0, 0,
			0) == 0;
}
