/*
 * members.c - reads the group's directory.
 *
 * Every descriptor but those of watched.c lives for one function.  Makes raw
 * system calls only, and needs no lock, so a host's thread on its way out may
 * call it.  What is in the files is segment_read.c's.
 */
#include "runtime/members.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/timens.h"
#include "runtime/watched.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MEMBERS_MAX (1 << 20)
#define LEAVING_NS 10000000000ull

/* As the kernel writes it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* "<pid>.<n>" and nothing else. */
static bool parse_name(const char *name, uint32_t *pid, uint32_t *n)
{
	const char *dot = strchr(name, '.');
	uint64_t a, b;

	if (!dot || !parse_u64(name, (size_t)(dot - name), &a) ||
	    !parse_u64(dot + 1, strlen(dot + 1), &b) || a == 0 ||
	    a > INT32_MAX || b > UINT32_MAX)
		return false;
	*pid = (uint32_t)a;
	*n = (uint32_t)b;
	return true;
}

/* One buffer full; false when fn has seen enough. */
static bool scan_buffer(const char *buffer, ssize_t size,
			bool (*fn)(const struct entry *entry, void *arg),
			void *arg)
{
	const struct entry *entry;
	ssize_t at;

	for (at = 0; at < size; at += entry->size) {
		entry = (const void *)(buffer + at);
		if (!fn(entry, arg))
			return false;
	}
	return true;
}

static int scan_entries(bool (*fn)(const struct entry *entry, void *arg),
			void *arg)
{
	char buffer[1024] __attribute__((aligned(8)));
	ssize_t size;
	int fd;

	fd = segment_file_open(AT_FDCWD, segment_directory(),
			       O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	do {
		size = sys_getdents64(fd, buffer, sizeof(buffer));
	} while (size > 0 && scan_buffer(buffer, size, fn, arg));
	sys_close(fd);
	return size < 0 && size != -ENOENT ? (int)size : 0;
}

struct name_scan {
	bool (*fn)(const char *name, void *arg);
	void *arg;
};

static bool pass_name(const struct entry *entry, void *arg)
{
	const struct name_scan *scan = arg;

	return scan->fn(entry->name, scan->arg);
}

int members_scan_names(bool (*fn)(const char *name, void *arg), void *arg)
{
	struct name_scan scan = { fn, arg };

	return scan_entries(pass_name, &scan);
}

struct scan {
	bool (*fn)(uint32_t pid, uint32_t n, void *arg);
	void *arg;
};

static bool is_member(const struct entry *entry, void *arg)
{
	const struct scan *scan = arg;
	uint32_t pid, n;

	return !parse_name(entry->name, &pid, &n) ||
	       scan->fn(pid, n, scan->arg);
}

int members_scan(bool (*fn)(uint32_t pid, uint32_t n, void *arg), void *arg)
{
	struct scan scan = { fn, arg };

	return scan_entries(is_member, &scan);
}

void members_path(char *path, size_t size, uint32_t pid, uint32_t n)
{
	struct buf b;

	buf_init(&b, path, size);
	buf_printf(&b, "%s/%u.%u", segment_directory(), pid, n);
}

bool members_is_own(const struct member *member)
{
	const struct segment_header *own = segment_header();

	return own && segment_path() && segment_directory_is_own() &&
	       member->pid == own->pid && member->n == own->generation;
}

static int open_member(const struct member *member)
{
	char path[MEMBERS_PATH];

	members_path(path, sizeof(path), member->pid, member->n);
	return segment_file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
}

static bool is_file(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* 0; -EAGAIN: it is being made, and says nothing yet; -EBADMSG: it is none. */
static int read_header(const struct member *member,
		       struct segment_header *header)
{
	const struct watched *w = member->watched;
	int fd = w ? watched_descriptor(w) : open_member(member);
	ssize_t size = 0;

	if (fd < 0)
		return fd;
	memset(header, 0, sizeof(*header));
	if (w || is_file(fd))
		size = sys_pread(fd, header, sizeof(*header), 0);
	if (!w)
		sys_close(fd);
	if (size == 0 || (size == sizeof(*header) && header->used == 0))
		return -EAGAIN;
	if (size != sizeof(*header) || header->magic != SEGMENT_MAGIC ||
	    header->version != SEGMENT_VERSION || header->pid != member->pid)
		return -EBADMSG;
	return 0;
}

/* Of another namespace it can only be known that it has said goodbye; and that
 * was before an exec that failed, or while threads of it still ran. */
static bool has_left_for_good(const struct segment_header *header)
{
	return header->state != SEGMENT_RUNNING &&
	       clock_ns() - (uint64_t)timens_monotonic() -
			       (header->left_monotonic -
				(uint64_t)header->monotonic_offset) >
		       LEAVING_NS;
}

bool members_look(struct member *member)
{
	struct segment_header header;
	struct segment_image image = {
		.header = &header,
		.bytes = (const uint8_t *)&header,
		.size = sizeof(header),
	};
	int error;

	error = read_header(member, &header);
	member->unsound = error == -EBADMSG;
	if (error)
		return false;
	member->parent = header.parent_pid;
	member->started = header.started_wall;
	member->boottime = header.started_boottime;
	member->foreign = segment_is_elsewhere(&header);
	member->reported = header.state == SEGMENT_REPORTED;
	member->left = header.state == SEGMENT_LEFT || member->reported;
	member->used = header.used;
	member->alive = member->watched
				? watched_is_alive(member->watched, &image)
				: segment_is_alive(&image);
	member->running = header.state == SEGMENT_RUNNING && member->alive;
	member->gone =
		member->foreign ? has_left_for_good(&header) : !member->alive;
	return true;
}

/* ---- all of them ------------------------------------------------------- */

struct collection {
	struct member *list;
	uint32_t count, capacity;
	bool full, watched;
};

static bool grow(struct collection *c)
{
	uint32_t capacity = c->capacity ? c->capacity * 4 : 128;
	struct member *list = arena_borrow(capacity * sizeof(*list));

	if (!list)
		return false;
	if (c->list) {
		memcpy(list, c->list, c->count * sizeof(*list));
		arena_give_back(c->list, c->capacity * sizeof(*list));
	}
	c->list = list;
	c->capacity = capacity;
	return true;
}

static bool collect(const struct entry *entry, void *arg)
{
	struct collection *c = arg;
	struct member member = { 0 };

	if (!parse_name(entry->name, &member.pid, &member.n))
		return true;
	if (c->watched)
		member.watched =
			watched_find(member.pid, member.n, entry->inode);
	/* A file that is no segment is counted when a report reads it. */
	members_look(&member);
	if ((c->count == c->capacity && !grow(c)) || c->count == MEMBERS_MAX) {
		c->full = true;
		return false;
	}
	c->list[c->count++] = member;
	return true;
}

/* A process that has said goodbye and is there has become another program, if
 * that has made a file. */
static bool has_successor(const struct collection *c, const struct member *m)
{
	uint32_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].pid == m->pid && !c->list[i].foreign &&
		    c->list[i].boottime > m->boottime)
			return true;
	return false;
}

static int read_list(struct member **list, bool watched)
{
	struct collection c = { .watched = watched };
	int error = scan_entries(collect, &c);
	uint32_t i;

	*list = c.list;
	if (error)
		return error;
	for (i = 0; i < c.count; i++)
		if (c.list[i].left && c.list[i].alive && !c.list[i].foreign)
			c.list[i].gone = has_successor(&c, &c.list[i]);
	if (c.full)
		segment_drop(DROP_MEMORY, 1);
	return (int)c.count;
}

int members_read(struct member **list)
{
	return read_list(list, false);
}

int members_read_watched(struct member **list)
{
	return read_list(list, true);
}

void members_free(struct member *list, int count)
{
	size_t capacity = 128;

	while (capacity < (size_t)count)
		capacity *= 4;
	if (list)
		arena_give_back(list, capacity * sizeof(*list));
}

/* ---- does everybody end? ------------------------------------------------- */

struct others {
	bool run, end;
};

static bool look_at_other(uint32_t pid, uint32_t n, void *arg)
{
	struct member member = { .pid = pid, .n = n };
	struct others *others = arg;

	if (pid == (uint32_t)sys_getpid() || !members_look(&member))
		return true;
	others->run = member.running;
	others->end |= member.left && sys_kill((int)pid, 0) == 0;
	return !others->run;
}

bool members_others_end(void)
{
	struct others others = { false, false };

	members_scan(look_at_other, &others);
	return others.end && !others.run;
}
