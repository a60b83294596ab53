/*
 * groups_list.h - the groups of telemetry-host --all: for groups.c and
 * groups_end.c only.
 */
#ifndef SHIM_RUNTIME_GROUPS_LIST_H
#define SHIM_RUNTIME_GROUPS_LIST_H

#include "runtime/group.h"
#include "runtime/groups.h"

#define MS 1000000ull /* in ns */
/* A group without a process: a script may be about to start the next. */
#define GROUPS_ENDED_AFTER (1000 * MS)

struct groups {
	const char *root;   /* NULL: there is one group only */
	struct group *list; /* in the order of their names; the own one first */
	struct group *own;
	void (*waits)(void);
	bool hosted, full;
	uint32_t count;
};

extern struct groups groups;

/* Lets go of the lock, and of the memory. */
void groups_forget(struct group *group);

#endif
