/*
 * segment_alive.c - does the process that wrote a segment still run?
 *
 * A process is its id and its start: ids are used again.  Sees the processes
 * of this process's pid namespace only.
 */
#include "base/segment.h"

#include "base/buf.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define TICK_NS 10000000u /* of the times in /proc/<pid>/stat */

/* The text after the first `count` blanks. */
static const char *skip_fields(const char *text, int count)
{
	while (text && count-- > 0) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* Start of a process in ticks since the boot; false if it is dead. */
static bool read_start(const char *stat, uint64_t *ticks)
{
	/* The name before it may hold anything. */
	const char *state = strrchr(stat, ')');
	const char *start;

	if (!state || state[1] != ' ' || state[2] == 'Z' || state[2] == 'X')
		return false;
	/* The state is field 3, the start field 22. */
	start = skip_fields(state + 2, 19);
	return start && parse_u64(start, strcspn(start, " "), ticks);
}

bool segment_is_alive(const struct segment_image *image)
{
	const struct segment_header *header = image->header;
	char text[1024];
	struct buf b = BUF(text);
	uint64_t ticks;
	ssize_t length;
	int fd;

	if (!header || header->pid == 0 || header->pid > INT32_MAX)
		return false;
	buf_printf(&b, "/proc/%u/stat", header->pid);
	fd = segment_file_open(AT_FDCWD, text, O_RDONLY, 0);
	/* No /proc, or not all of it: better a dead one too long. */
	if (fd < 0)
		return header->pid == (uint32_t)sys_getpid() ||
		       sys_kill((int)header->pid, 0) != -ESRCH;
	length = sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return read_start(text, &ticks) &&
	       ticks <= header->started_boottime / TICK_NS;
}
