/*
 * proc.c - reads and takes apart the files of /proc.
 *
 * Every descriptor lives for one function.  What the numbers mean is said by
 * whoever asks.
 */
#include "base/proc.h"

#include "base/buf.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

static const char procfs[] = "/proc";
static const char *root = procfs;

void proc_set_root(const char *path)
{
	root = path;
}

/* The kernel gives at least so much at once, unless the end is near. */
#define PIECE 2048

static int read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	do {
		n = sys_read(fd, text + length, size - 1 - length);
		if (n > 0)
			length += (size_t)n;
	} while (n == -EINTR || (n >= PIECE && length + 1 < size));
	text[length] = '\0';
	return n < 0 ? (int)n : (int)length;
}

ssize_t proc_read_path(const char *path, char *text, size_t size)
{
	int fd = segment_file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	int length;

	text[0] = '\0';
	if (fd < 0)
		return fd;
	length = read_all(fd, text, size);
	sys_close(fd);
	return length;
}

int proc_open(uint32_t pid, const char *name, int flags)
{
	char path[160];
	struct buf b = BUF(path);

	if (pid)
		buf_printf(&b, "%s/%u/%s", root, pid, name);
	else
		buf_printf(&b, "%s/%s", root, name);
	return b.cut ? -ENAMETOOLONG
		     : segment_file_open(AT_FDCWD, path, O_RDONLY | flags, 0);
}

ssize_t proc_read(uint32_t pid, const char *name, char *text, size_t size)
{
	int fd = proc_open(pid, name, O_NONBLOCK), length;

	text[0] = '\0';
	if (fd < 0)
		return fd;
	length = read_all(fd, text, size);
	sys_close(fd);
	return length;
}

/* ---- text -------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool proc_number(const char **at, uint64_t *value)
{
	const char *text = *at;
	size_t length;

	while (is_blank(*text))
		text++;
	length = strspn(text, "0123456789");
	if (!parse_u64(text, length, value))
		return false;
	*at = text + length;
	return true;
}

const char *proc_line(const char *text, const char *key, size_t *length)
{
	size_t size = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		if (*text == '\n')
			text++;
		if (strncmp(text, key, size) != 0 ||
		    !(text[size] == ':' || is_blank(text[size])))
			continue;
		text += size + (text[size] == ':');
		while (is_blank(*text))
			text++;
		*length = strcspn(text, "\n");
		return text;
	}
	return NULL;
}

bool proc_find(const char *text, const char *key, uint64_t *value)
{
	size_t length;
	const char *at = proc_line(text, key, &length);

	return at && proc_number(&at, value);
}

/* Numbers of a stat file, counted as in proc(5). */
enum {
	FIELD_MINFLT = 10,
	FIELD_MAJFLT = 12,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_THREADS = 20,
	FIELD_START = 22,
	FIELD_SIZE = 23,
	FIELD_RSS = 24,
};

static bool take_fields(const char *at, uint64_t *values)
{
	int i;

	for (i = 4; i <= FIELD_RSS; i++) {
		/* Some may be negative; none that we want. */
		bool negative = at[0] == ' ' && at[1] == '-';

		at += negative ? 2 : 0;
		if (!proc_number(&at, &values[i]))
			return false;
		if (negative)
			values[i] = 0;
	}
	return *at == ' ' || *at == '\n' || *at == '\0';
}

static bool scale(uint64_t *to, uint64_t value, uint64_t unit)
{
	return !__builtin_mul_overflow(value, unit, to);
}

bool proc_parse_stat(const char *text, struct proc_stat *stat)
{
	/* The name in front of it may hold anything, this too. */
	const char *at = strrchr(text, ')');
	uint64_t values[FIELD_RSS + 1] = { 0 };

	if (!at || at[1] != ' ' || at[2] == '\0' ||
	    !take_fields(at + 3, values))
		return false;
	stat->state = at[2];
	stat->minor_faults = values[FIELD_MINFLT];
	stat->major_faults = values[FIELD_MAJFLT];
	stat->threads = values[FIELD_THREADS];
	stat->start = values[FIELD_START];
	stat->size = values[FIELD_SIZE];
	return scale(&stat->user, values[FIELD_UTIME], PROC_TICK_NS) &&
	       scale(&stat->system, values[FIELD_STIME], PROC_TICK_NS) &&
	       scale(&stat->resident, values[FIELD_RSS], getauxval(AT_PAGESZ));
}

int proc_read_stat(uint32_t pid, struct proc_stat *stat)
{
	char text[1024];
	ssize_t length = proc_read(pid, "stat", text, sizeof(text));

	if (length < 0)
		return (int)length;
	return proc_parse_stat(text, stat) ? 0 : -EBADMSG;
}

/* ---- folders ------------------------------------------------------------ */

/* As the kernel writes it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static bool each_entry(const char *buffer, ssize_t size,
		       bool (*fn)(uint32_t number, void *arg), void *arg)
{
	const struct entry *entry;
	uint64_t number;
	ssize_t at;

	for (at = 0; at < size; at += entry->size) {
		entry = (const void *)(buffer + at);
		if (parse_u64(entry->name, strlen(entry->name), &number) &&
		    number <= INT32_MAX && !fn((uint32_t)number, arg))
			return false;
	}
	return true;
}

int proc_each_number(int dir, bool (*fn)(uint32_t number, void *arg), void *arg)
{
	char buffer[1024] __attribute__((aligned(8)));
	ssize_t size;

	do {
		size = sys_getdents64(dir, buffer, sizeof(buffer));
	} while (size > 0 && each_entry(buffer, size, fn, arg));
	return size < 0 ? (int)size : 0;
}

struct task_walk {
	bool (*fn)(uint32_t tid, void *arg);
	void *arg;
	uint32_t count;
};

static bool visit_task(uint32_t tid, void *arg)
{
	struct task_walk *walk = arg;

	return walk->count++ < PROC_TASKS_MAX && walk->fn(tid, walk->arg);
}

int proc_each_task(uint32_t pid, bool (*fn)(uint32_t tid, void *arg), void *arg)
{
	struct task_walk walk = { fn, arg, 0 };
	int dir = proc_open(pid, "task", O_DIRECTORY), error;

	if (dir < 0)
		return dir;
	error = proc_each_number(dir, visit_task, &walk);
	sys_close(dir);
	return walk.count > PROC_TASKS_MAX ? -E2BIG : error;
}

/* ---- counting ------------------------------------------------------------ */

struct count {
	int64_t number;
	uint32_t own; /* the folder's own descriptor, while we look */
	bool saw_own;
};

static bool add_one(uint32_t number, void *arg)
{
	struct count *count = arg;

	count->number++;
	count->saw_own |= number == count->own;
	return true;
}

/* In a process that looks at itself, the folder that it opened for that. */
static bool is_itself(int dir)
{
	char name[16], to[64];
	struct buf b = BUF(name);
	ssize_t length;

	buf_printf(&b, "%d", dir);
	length = (ssize_t)sys_call(SYS_readlinkat, dir, (long)name, (long)to,
				   sizeof(to) - 1, 0, 0);
	if (length < 3)
		return false;
	to[length] = '\0';
	return strcmp(to + length - 3, "/fd") == 0;
}

/* Since Linux 6.2 it is the size of the folder; before, and of one without any,
 * that is 0.  -errno if there is no such folder. */
static int64_t size_of_folder(uint32_t pid)
{
	char path[160];
	struct buf b = BUF(path);
	struct stat st = { 0 };
	int error;

	buf_printf(&b, "%s/%u/fd", root, pid);
	error = (int)sys_call(SYS_newfstatat, AT_FDCWD, (long)path, (long)&st,
			      0, 0, 0);
	return error ? error : st.st_size;
}

int64_t proc_count_descriptors(uint32_t pid)
{
	struct count count = { 0 };
	int64_t size = size_of_folder(pid);
	int dir, error;

	if (size > 0 && root == procfs)
		return size;
	dir = proc_open(pid, "fd", O_DIRECTORY);
	if (dir < 0)
		return dir;
	count.own = (uint32_t)dir;
	error = proc_each_number(dir, add_one, &count);
	if (count.saw_own && pid == (uint32_t)sys_getpid() && is_itself(dir))
		count.number--;
	sys_close(dir);
	return error ? error : count.number;
}

int64_t proc_count_lines(uint32_t pid, const char *name)
{
	char text[1536];
	int64_t lines = 0;
	ssize_t n, i;
	int fd = proc_open(pid, name, O_NONBLOCK);

	if (fd < 0)
		return fd;
	while ((n = sys_read(fd, text, sizeof(text))) > 0 || n == -EINTR)
		for (i = 0; i < n; i++)
			lines += text[i] == '\n';
	sys_close(fd);
	return n < 0 ? n : lines;
}
