/*
 * segment_alive.c - does the process that wrote a segment still run?
 *
 * A process is its id and its start: ids are used again.  Sees the processes
 * of this process's pid namespace only; those of others are known by theirs.
 */
#include "base/segment.h"

#include "base/buf.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/timens.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The text after the first `count` blanks. */
static const char *skip_fields(const char *text, int count)
{
	while (text && count-- > 0) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* The number before the next blank. */
static bool read_number(const char *text, uint64_t *number)
{
	return text && parse_u64(text, strcspn(text, " "), number);
}

/* Start of a process in ticks since the boot; false if it is dead. */
static bool read_start(const char *stat, uint64_t *ticks)
{
	/* The name before it may hold anything. */
	const char *state = strrchr(stat, ')');
	uint64_t threads;

	if (!state || state[1] != ' ' || state[2] == 'X')
		return false;
	/* The state is field 3, the number of threads field 20, the start
	 * field 22.  Other threads outlive a main thread that ends first. */
	if (state[2] == 'Z' &&
	    (!read_number(skip_fields(state + 2, 17), &threads) || threads < 2))
		return false;
	return read_number(skip_fields(state + 2, 19), ticks);
}

/* 0, or -errno; the text is terminated. */
static int read_stat(const char *path, char *text, size_t size)
{
	int fd = segment_file_open(AT_FDCWD, path, O_RDONLY, 0);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = sys_read(fd, text, size - 1);
	sys_close(fd);
	if (length <= 0)
		return -ESRCH;
	text[length] = '\0';
	return 0;
}

uint64_t segment_process_start(void)
{
	char text[1024];
	uint64_t ticks;

	if (read_stat("/proc/self/stat", text, sizeof(text)) ||
	    !read_start(text, &ticks))
		return 0;
	return timens_start(ticks);
}

uint64_t segment_namespace(void)
{
	char text[64];
	ssize_t length =
		sys_readlink("/proc/self/ns/pid", text, sizeof(text) - 1);
	uint64_t number = 0;

	/* "pid:[4026531836]" */
	if (length > 6 && parse_u64(text + 5, (size_t)length - 6, &number))
		return number;
	return 0;
}

/* Of the process that looks, which need not have a segment. */
static uint64_t namespace_here(void)
{
	const struct segment_header *own = segment_header();
	static uint64_t here;

	if (own)
		return own->namespace;
	if (load_relaxed(&here) == 0)
		store_relaxed(&here, segment_namespace());
	return load_relaxed(&here);
}

bool segment_is_own(const struct segment_header *header)
{
	const struct segment_header *own = segment_header();

	return own && header->pid == own->pid &&
	       header->generation == own->generation &&
	       header->started_boottime == own->started_boottime;
}

bool segment_is_elsewhere(const struct segment_header *header)
{
	uint64_t here = header->namespace ? namespace_here() : 0;

	return here != 0 && here != header->namespace;
}

bool segment_may_have_begun(const struct segment_header *header, uint64_t ticks)
{
	return timens_start(ticks) <= header->started_boottime;
}

bool segment_is_alive_now(const struct segment_image *image)
{
	const struct segment_header *header = image->header;
	char text[1024];
	struct buf b = BUF(text);
	uint64_t ticks;
	int error;

	if (!header || header->pid == 0 || header->pid > INT32_MAX)
		return false;
	/* Its pid says nothing here. */
	if (segment_is_elsewhere(header))
		return header->state == SEGMENT_RUNNING;
	buf_printf(&b, "/proc/%u/stat", header->pid);
	error = read_stat(text, text, sizeof(text));
	if (error == -ESRCH)
		return false;
	/* No /proc, or not all of it: better a dead one too long. */
	if (error)
		return header->pid == (uint32_t)sys_getpid() ||
		       sys_kill((int)header->pid, 0) != -ESRCH;
	return read_start(text, &ticks) &&
	       segment_may_have_begun(header, ticks);
}

enum { NOT_KNOWN, DEAD, ALIVE };

bool segment_is_alive(const struct segment_image *image)
{
	struct segment_image *noted = (void *)(uintptr_t)image;

	if (noted->alive == NOT_KNOWN)
		noted->alive = segment_is_alive_now(image) ? ALIVE : DEAD;
	return noted->alive == ALIVE;
}
