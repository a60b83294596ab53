/*
 * kin.c - who reports for whom.
 *
 * The tree of processes is put together from /proc for those that run and from
 * what their segments remember for those that do not.
 */
#include "runtime/kin.h"

#include "base/segment_file.h"
#include "base/buf.h"
#include "base/sys.h"
#include "runtime/fork.h"
#include "runtime/group_life.h"

#include <fcntl.h>
#include <string.h>

#define LEVELS 64 /* of ancestors that are looked at */

uint32_t members_parent(uint32_t pid)
{
	char text[512];
	struct buf b = BUF(text);
	const char *end;
	uint64_t parent = 0;
	ssize_t length;
	int fd;

	buf_printf(&b, "/proc/%u/stat", pid);
	fd = segment_file_open(AT_FDCWD, text, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	length = sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	/* "pid (name) state ppid": the name may hold anything. */
	end = strrchr(text, ')');
	if (!end || strlen(end) < 5 ||
	    !parse_u64(end + 4, strcspn(end + 4, " "), &parent))
		return 0;
	return (uint32_t)parent;
}

/* ---- am I the one who reports? ------------------------------------------ */

struct ancestors {
	uint32_t pids[LEVELS];
	int count;
	uint32_t self;
	bool others, found;
};

static bool is_other(uint32_t pid, uint32_t n, void *arg)
{
	struct ancestors *a = arg;

	(void)n;
	a->others = pid != a->self;
	return !a->others;
}

static bool is_ancestor(uint32_t pid, uint32_t n, void *arg)
{
	struct ancestors *a = arg;
	struct member member = { .pid = pid, .n = n };
	int i;

	for (i = 0; i < a->count && a->pids[i] != pid; i++)
		;
	if (i < a->count && members_look(&member) && member.running &&
	    !member.foreign)
		a->found = true;
	return !a->found;
}

/* There is no way into the folder.  The process that forked this one has a
 * segment there, and the rights that it takes. */
static bool is_with_forker(void)
{
	const struct segment_header *own = segment_header();

	return fork_happened() && own && own->parent_pid > 1 &&
	       own->parent_pid == (uint32_t)sys_getppid();
}

bool members_have_ancestor(void)
{
	struct ancestors a = { .self = (uint32_t)sys_getpid() };
	struct member parent = { .pid = (uint32_t)sys_getppid() };
	uint32_t pid = parent.pid;
	int error;

	/* The parent's first file, most often: no need to look at all. */
	if (pid && members_look(&parent) && parent.running && !parent.foreign) {
		group_life_met();
		return true;
	}
	error = members_scan(is_other, &a);
	if (error)
		return is_with_forker();
	if (!a.others)
		return false;
	for (; pid && a.count < LEVELS; pid = members_parent(pid))
		a.pids[a.count++] = pid;
	members_scan(is_ancestor, &a);
	if (a.found)
		group_life_met();
	return a.found;
}

/* ---- what is mine? ------------------------------------------------------- */

static int compare(const struct member *a, const struct member *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->n < b->n ? -1 : a->n > b->n;
}

/* By pid; Shell's, with gaps of 1, 4, 13, ... */
static void sort(struct member *list, int count)
{
	int gap = 1, i, j;

	while (gap < count / 3)
		gap = gap * 3 + 1;
	for (; gap > 0; gap /= 3) {
		for (i = gap; i < count; i++) {
			struct member member = list[i];

			for (j = i;
			     j >= gap && compare(&list[j - gap], &member) > 0;
			     j -= gap)
				list[j] = list[j - gap];
			list[j] = member;
		}
	}
}

/* The running member with this pid, else any, else NULL. */
static const struct member *find(const struct member *list, int count,
				 uint32_t pid)
{
	const struct member *any = NULL;
	int low = 0, high = count, i;

	while (low < high) {
		int middle = (low + high) / 2;

		if (list[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = low; i < count && list[i].pid == pid; i++) {
		if (list[i].foreign)
			continue;
		if (list[i].running)
			return &list[i];
		any = &list[i];
	}
	return any;
}

static bool is_descendant(uint32_t pid, uint32_t self)
{
	int level;

	for (level = 0; pid && pid != self && level < LEVELS; level++)
		pid = members_parent(pid);
	return pid == self;
}

static bool is_mine(const struct member *list, int count,
		    const struct member *member, uint32_t self)
{
	uint32_t pid = member->pid;
	int level;

	for (level = 0; pid && level < LEVELS; level++) {
		const struct member *step = find(list, count, pid);

		if (pid == self)
			return true;
		if (step && step->running)
			return is_descendant(pid, self);
		/* A process outside the group, or one that is dead and has
		 * left nothing: then there is no way on, and no owner. */
		pid = step ? step->parent : members_parent(pid);
	}
	return true;
}

void kin_claim(struct member *list, int count)
{
	uint32_t self = (uint32_t)sys_getpid();
	int i;

	sort(list, count);
	for (i = 0; i < count; i++) {
		struct member *m = &list[i];

		/* One that is being made says nothing of whose it is. */
		if (m->unsound || m->boottime == 0)
			m->mine = m->unsound;
		else
			m->mine = m->foreign ? m->left
					     : is_mine(list, count, m, self);
	}
}
