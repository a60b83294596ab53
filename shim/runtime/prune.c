/*
 * prune.c - bounds what crashed processes leave behind where nobody reports.
 *
 * The oldest go first.  Runs rarely, in a process that ends.
 */
#include "runtime/members.h"

#include "base/sys.h"

#include <fcntl.h>

static bool count(uint32_t pid, uint32_t n, void *arg)
{
	(void)pid;
	(void)n;
	++*(uint32_t *)arg;
	return true;
}

/* How many of the dead started before `time`. */
static uint32_t older(const struct member *list, int total, uint64_t time)
{
	uint32_t found = 0;
	int i;

	for (i = 0; i < total; i++)
		if (!list[i].running && list[i].started < time)
			found++;
	return found;
}

/* The time before which about `excess` of the dead started. */
static uint64_t find_limit(const struct member *list, int total,
			   uint32_t excess)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (older(list, total, middle) < excess)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t members_prune(uint32_t limit)
{
	char path[MEMBERS_PATH];
	struct member *list;
	uint32_t files = 0, gone = 0, excess;
	uint64_t time;
	int total, i;

	if (members_scan(count, &files) || files <= limit)
		return 0;
	total = members_read(&list);
	if (total < 0)
		return 0;
	excess = older(list, total, UINT64_MAX);
	excess = excess > limit / 2 ? excess - limit / 2 : 0;
	time = find_limit(list, total, excess);
	for (i = 0; i < total && gone < excess; i++) {
		if (list[i].running || list[i].started >= time)
			continue;
		members_path(path, sizeof(path), list[i].pid, list[i].n);
		if (sys_unlinkat(AT_FDCWD, path, 0) == 0)
			gone++;
	}
	members_free(list, total);
	if (gone)
		segment_drop(DROP_SEGMENT, gone);
	return gone;
}
