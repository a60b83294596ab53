/*
 * retained.c - reads and replaces the file of what is retained.
 *
 * What is folded into it is retained_fold.c's.
 */
#include "runtime/retained.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/timens.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MAGIC 0x314e494154455254ull /* "TRETAIN1", little endian */
#define VERSION (SEGMENT_VERSION | (uint32_t)sizeof(struct segment_header) << 8)

struct head {
	uint64_t magic;
	uint32_t version;
	uint32_t entry_count;
	uint64_t size;	  /* of the file */
	uint64_t sum;	  /* of all behind this head */
	uint64_t written; /* ns, timens_boottime() */
	uint64_t boot;	  /* timens_boot() */
	uint64_t reserved[2];
};

static void name(char *path, const char *suffix)
{
	struct buf b;

	buf_init(&b, path, MEMBERS_PATH);
	buf_printf(&b, "%s/retained%s", segment_directory(), suffix);
}

static uint64_t add_up(uint64_t sum, const void *bytes, size_t size)
{
	const uint64_t *words = bytes;
	size_t i;

	for (i = 0; i < size / sizeof(*words); i++)
		sum = (sum << 7 | sum >> 57) ^ words[i] * 0x9e3779b97f4a7c15u;
	return sum;
}

/* ---- reading ---------------------------------------------------------- */

static int read_all(int fd, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = sys_pread(fd, bytes + done, size - done, done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n ? (int)n : -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

static int read_file(struct retained *retained, size_t *size)
{
	static LARGE char path[MEMBERS_PATH];
	struct stat st;
	int fd, error;

	name(path, "");
	fd = segment_file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	error = sys_fstat(fd, &st);
	if (!error &&
	    (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct head) ||
	     st.st_size > (off_t)RETAINED_SIZE_MAX))
		error = -EBADMSG;
	if (!error) {
		*size = (size_t)st.st_size;
		retained->memory = (*size + SEGMENT_PAGE - 1) &
				   ~(size_t)(SEGMENT_PAGE - 1);
		retained->bytes = arena_borrow(retained->memory);
		error = retained->bytes ? read_all(fd, retained->bytes, *size)
					: -ENOMEM;
	}
	sys_close(fd);
	return error;
}

static bool head_is_sound(const struct retained *retained, size_t size)
{
	const struct head *head = (const void *)retained->bytes;
	size_t rest = size - sizeof(*head);

	return head->magic == MAGIC && head->version == VERSION &&
	       head->size == size && rest % SEGMENT_UNIT == 0 &&
	       head->entry_count <= rest / sizeof(struct retained_entry) &&
	       head->sum == add_up(0, head + 1, rest);
}

/* Where each segment begins and ends; false: one is not sound. */
static bool find_parts(struct retained *retained, size_t at, size_t size)
{
	while (at < size) {
		struct segment_image *part =
			&retained->parts[retained->part_count];

		if (retained->part_count == RETAINED_PARTS ||
		    segment_read_memory(retained->bytes + at, size - at, part))
			return false;
		retained->part_count++;
		at += part->size;
	}
	return true;
}

/* Whoever compares them with starts of today takes the date alone. */
static void forget_boottimes(struct retained *retained)
{
	uint32_t i;

	for (i = 0; i < retained->part_count; i++) {
		struct segment_header *header =
			(void *)(uintptr_t)retained->parts[i].header;

		header->started_boottime = 0;
	}
}

/* Where TELEMETRY_DIR is on a disk. */
static bool is_of_another_boot(const struct head *head)
{
	uint64_t here = timens_boot();

	return head->boot && here && head->boot != here;
}

static int check(struct retained *retained, size_t size)
{
	const struct head *head = (const void *)retained->bytes;
	size_t at;

	if (!head_is_sound(retained, size))
		return -EBADMSG;
	retained->parts =
		arena_borrow(RETAINED_PARTS * sizeof(*retained->parts));
	if (!retained->parts)
		return -ENOMEM;
	retained->entries = (const void *)(head + 1);
	retained->entry_count = head->entry_count;
	retained->written = head->written;
	at = sizeof(*head) + head->entry_count * sizeof(*retained->entries);
	if (!find_parts(retained, at, size))
		return -EBADMSG;
	retained->of_another_boot = is_of_another_boot(head);
	if (retained->of_another_boot)
		forget_boottimes(retained);
	return 0;
}

void retained_close(struct retained *retained)
{
	if (retained->parts)
		arena_give_back(retained->parts,
				RETAINED_PARTS * sizeof(*retained->parts));
	if (retained->bytes)
		arena_give_back(retained->bytes, retained->memory);
	memset(retained, 0, sizeof(*retained));
}

static COLD void put_aside(void)
{
	static LARGE char path[MEMBERS_PATH], bad[MEMBERS_PATH];

	name(path, "");
	name(bad, ".bad");
	if (sys_call(SYS_renameat2, AT_FDCWD, (long)path, AT_FDCWD, (long)bad,
		     0, 0))
		sys_unlinkat(AT_FDCWD, path, 0);
	segment_drop(DROP_SEGMENT, 1);
	log_warn("%s is corrupt, and kept as %s: what the processes that are "
		 "gone have counted is not in the numbers any more",
		 path, bad);
}

static bool is_listed(const struct retained *retained,
		      const struct member *member)
{
	uint32_t i;

	for (i = 0; i < retained->entry_count; i++) {
		const struct retained_entry *e = &retained->entries[i];

		if (e->pid == member->pid && e->n == member->n &&
		    e->started == member->boottime)
			return true;
	}
	return false;
}

bool retained_has_taken(const struct retained *retained,
			const struct retained *from, uint64_t group)
{
	uint32_t i;

	for (i = 0; i < retained->entry_count; i++) {
		const struct retained_entry *e = &retained->entries[i];

		if (e->pid == 0 && e->group == group &&
		    e->started == from->written)
			return true;
	}
	return false;
}

int retained_open(struct retained *retained, struct member *list, int count)
{
	size_t size = 0;
	int error, i;

	memset(retained, 0, sizeof(*retained));
	error = read_file(retained, &size);
	if (!error)
		error = check(retained, size);
	if (error) {
		retained_close(retained);
		if (error == -EBADMSG)
			put_aside();
		return error == -ENOENT || error == -EBADMSG ? 0 : error;
	}
	for (i = 0; i < count; i++)
		list[i].folded = is_listed(retained, &list[i]);
	return 0;
}

/* ---- writing ---------------------------------------------------------- */

static int write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	size_t done = 0;

	while (done < size) {
		ssize_t n = sys_write(fd, from + done, size - done);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n ? (int)n : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int write_pieces(int fd, const struct head *head,
			const struct retained_piece *pieces, size_t count)
{
	int error = write_all(fd, head, sizeof(*head));
	size_t i;

	for (i = 0; i < count && !error; i++)
		error = write_all(fd, pieces[i].bytes, pieces[i].size);
	return error;
}

int retained_write(uint32_t entry_count, const struct retained_piece *pieces,
		   size_t count)
{
	struct head head = { .magic = MAGIC,
			     .version = VERSION,
			     .entry_count = entry_count,
			     .size = sizeof(head) };
	static LARGE char path[MEMBERS_PATH], new[MEMBERS_PATH];
	int fd, error;
	size_t i;

	for (i = 0; i < count; i++) {
		head.size += pieces[i].size;
		head.sum = add_up(head.sum, pieces[i].bytes, pieces[i].size);
	}
	if (head.size > RETAINED_SIZE_MAX)
		return -EFBIG;
	head.written = timens_boottime();
	head.boot = timens_boot();
	name(path, "");
	name(new, ".new");
	/* Of one who was killed here. */
	sys_unlinkat(AT_FDCWD, new, 0);
	fd = segment_file_open(AT_FDCWD, new, O_WRONLY | O_CREAT | O_EXCL,
			       0600);
	if (fd < 0)
		return fd;
	error = write_pieces(fd, &head, pieces, count);
	sys_close(fd);
	if (!error)
		error = (int)sys_call(SYS_renameat2, AT_FDCWD, (long)new,
				      AT_FDCWD, (long)path, 0, 0);
	if (error)
		sys_unlinkat(AT_FDCWD, new, 0);
	return error;
}

void retained_unlink(void)
{
	static LARGE char path[MEMBERS_PATH];

	name(path, "");
	sys_unlinkat(AT_FDCWD, path, 0);
}
