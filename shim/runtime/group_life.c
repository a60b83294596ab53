/*
 * group_life.c - tells a group that lives from one that has lived.
 */
#include "runtime/group_life.h"

#include "runtime/fork.h"
#include "runtime/group.h"

void group_life_met(void)
{
	store_relaxed(&group_here->met, true);
}

/* A sign of life from before this process or this program began. */
static bool is_sign(const struct member *member, uint64_t start)
{
	const struct segment_header *own = segment_header();

	if (member->running && member->boottime < start)
		return true;
	if (!own || member->foreign || member->boottime == 0 ||
	    member->boottime >= own->started_boottime)
		return false;
	return member->pid == own->pid || member->pid == own->parent_pid;
}

bool group_life_continues(const struct member *list, int count)
{
	uint64_t start;
	int i;

	if (load_relaxed(&group_here->met) || fork_happened())
		return true;
	start = segment_process_start();
	for (i = 0; i < count; i++)
		if (is_sign(&list[i], start))
			return true;
	return false;
}
