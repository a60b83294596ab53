/*
 * watched.c - segments that stay open while there is news.
 *
 * To open a file and to ask /proc costs more than to read what is new in it.
 * What is in a segment is believed no more than that of one opened by its path.
 */
#include "runtime/watched.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "recorder/ring.h"
#include "runtime/descriptors.h"
#include "runtime/group.h"
#include "runtime/members.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PLACES 256 /* a power of two */
#define SHARE 4	   /* at most one of so many descriptors */
#define ALIVE_NS 1000000000ull

/* Zeroed in the child of a fork. */
struct table {
	struct watched list[PLACES];
	uint32_t count;
};

static struct {
	struct table *table;
	uint32_t look, most;
	bool open; /* a look that may keep some */
} watch;

static uint32_t limit(void)
{
	uint64_t limits[2] = { 0, 0 }; /* soft and hard */

	sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)limits, 0, 0);
	return limits[0] / SHARE < PLACES ? (uint32_t)(limits[0] / SHARE)
					  : PLACES;
}

void watched_begin(void)
{
	if (!descriptors_are_separate())
		return;
	if (!watch.table)
		watch.table = arena_pages(sizeof(*watch.table), ARENA_WIPE);
	watch.most = limit();
	watch.look++;
	watch.open = watch.table != NULL;
}

int watched_descriptor(const struct watched *w)
{
	return w ? (int)w->fd - 1 : -1;
}

static void forget(struct watched *w)
{
	sys_close(watched_descriptor(w));
	memset(w, 0, sizeof(*w));
	watch.table->count--;
}

void watched_end(bool all)
{
	struct watched *w = watch.table ? watch.table->list : NULL;
	const struct watched *end = w + (w ? PLACES : 0);

	watch.open = false;
	for (; w < end; w++)
		if (w->fd && (all || w->look != watch.look))
			forget(w);
	if (!all)
		return;
	arena_pages_free(watch.table, sizeof(*watch.table));
	watch.table = NULL;
}

/* What it has is the parent's, and so is the table of descriptors. */
void watched_after_fork(void)
{
	watch.open = false;
}

/* As segment_read.c checks it; the name may be another file's by now. */
static bool is_sound(int fd, uint64_t inode)
{
	unsigned int euid = sys_geteuid();
	struct stat st;

	return sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       (euid == 0 || st.st_uid == euid) && st.st_ino == inode;
}

static struct watched *keep(struct watched *w, const struct watched *wanted)
{
	char path[MEMBERS_PATH];
	int fd;

	if (watch.table->count >= watch.most)
		return NULL;
	members_path(path, sizeof(path), wanted->pid, wanted->n);
	fd = segment_file_open(AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0);
	if (fd < 0)
		return NULL;
	if (!is_sound(fd, wanted->inode)) {
		sys_close(fd);
		return NULL;
	}
	*w = *wanted;
	w->fd = (uint32_t)fd + 1;
	watch.table->count++;
	return w;
}

struct watched *watched_find(uint32_t pid, uint32_t n, uint64_t inode)
{
	struct watched wanted = { .group = group_here,
				  .pid = pid,
				  .n = n,
				  .inode = inode,
				  .look = watch.look };
	uint32_t group = (uint32_t)((uintptr_t)group_here / sizeof(uint64_t));
	struct watched *w;

	if (!watch.open)
		return NULL;
	w = &watch.table->list[(pid + n * 61 + group * 31) & (PLACES - 1)];
	if (!w->fd)
		return keep(w, &wanted);
	if (w->group != group_here || w->pid != pid || w->n != n ||
	    w->inode != inode)
		return NULL;
	w->look = watch.look;
	return w;
}

bool watched_is_alive(struct watched *w, const struct segment_image *image)
{
	const struct segment_header *header = image->header;
	uint64_t now = clock_ns();

	if (header->state == SEGMENT_RUNNING &&
	    w->started == header->started_boottime && now < w->alive_until &&
	    sys_kill((int)w->pid, 0) != -ESRCH)
		return true;
	w->started = header->started_boottime;
	w->alive_until = segment_is_alive(image) ? now + ALIVE_NS : 0;
	return w->alive_until != 0;
}

bool watched_has_news(const struct watched *w, uint64_t used)
{
	struct ring ring;
	uint32_t i;

	if (w->used != used || w->ring_count > WATCHED_RINGS)
		return true;
	for (i = 0; i < w->ring_count; i++)
		if (sys_pread(watched_descriptor(w), &ring, sizeof(ring),
			      w->rings[i]) != sizeof(ring) ||
		    ring.head != ring.taken)
			return true;
	return false;
}

void watched_learn(struct watched *w, const struct segment_image *image)
{
	const struct segment_block *block = NULL;

	w->ring_count = 0;
	while ((block = segment_next(image, block))) {
		if (block->kind != SEGMENT_RING)
			continue;
		if (w->ring_count < WATCHED_RINGS)
			w->rings[w->ring_count] =
				(uint32_t)((const uint8_t *)segment_block_body(
						   block) -
					   image->bytes);
		w->ring_count++;
	}
	w->used = image->size;
}
