/*
 * group.h - what this process knows of a group.
 *
 * A process has one.  telemetry-host --all has many (groups.h), and chooses the
 * one that it deals with: segment_directory(), the lock, the marks and what is
 * retained are of that one then.
 */
#ifndef SHIM_RUNTIME_GROUP_H
#define SHIM_RUNTIME_GROUP_H

#include "runtime/kept.h"
#include "runtime/upkeep.h"

struct group {
	/* group_lock.c */
	struct kept lock, alive;    /* of the exporter */
	struct kept standby, watch; /* of the one that waits for its end */
	bool met;		    /* group_life.c */
	/* report.c */
	struct upkeep_look look;
	bool continues;	 /* an earlier exporter has reported */
	bool marked;	 /* and the next one will know it of this one */
	uint32_t living; /* pid that has asked whether the group lives on */
	/* upkeep.c: after a failure; clock_ns(), ns */
	uint64_t fold_after, fold_back;
	/* groups.c */
	struct group *next;
	bool seen;	 /* in the last scan */
	bool told;	 /* that somebody else has it */
	bool fresh;	 /* not in a report yet */
	bool settled;	 /* it is known whether another one has its totals */
	uint64_t since;	 /* taking it has been tried since then, clock_ns() */
	uint64_t empty;	 /* without a process since then, 0: has some */
	char *directory; /* NULL: segment_directory() is the own one's */
	size_t size;	 /* of this, with the text */
};

/* Never NULL.  Other than the process's own on telemetry-host's only thread. */
extern struct group *group_here;

/* NULL: the process's own. */
void group_choose(struct group *group);

#endif
