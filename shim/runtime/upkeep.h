/*
 * upkeep.h - the group's folder as the holder of its lock sees it, and keeps
 * it.
 */
#ifndef SHIM_RUNTIME_UPKEEP_H
#define SHIM_RUNTIME_UPKEEP_H

#include "runtime/retained.h"

struct upkeep_look {
	struct member *members;
	int count;
	bool closed; /* there is no way into the folder */
	bool unread; /* what is retained could not be read */
	struct retained retained;
};

void upkeep_open(struct upkeep_look *look);
/* The same with members_read_watched(); with `lazy`, what is retained is read
 * only if somebody is gone, who may be folded. */
void upkeep_open_watched(struct upkeep_look *look, bool lazy);
void upkeep_close(struct upkeep_look *look);

/* Does nobody else run?  The dead write nothing more. */
bool upkeep_is_alone(const struct upkeep_look *look);
/* And has this process no child that could? */
bool upkeep_is_last(const struct upkeep_look *look);

/* Folds some of the dead, for a bounded time; with `records` only those whose
 * records have been delivered.  How many. */
int upkeep_fold(struct upkeep_look *look, bool records);

/* Takes the totals of another group over; its files are for the caller to
 * remove.  0 or -errno: nothing has changed. */
int upkeep_take_over(struct upkeep_look *look, const struct retained *from,
		     uint64_t group);

/* The group begins: what is left of a former life goes, apart from what is for
 * a last report; with `all` that too. */
void upkeep_begin_life(struct upkeep_look *look, bool all);
/* The group ends: everything goes but the file of this process, and what might
 * still be written to. */
void upkeep_end_life(struct upkeep_look *look);

/* After a last report: what is done of the dead goes, or stays marked. */
void upkeep_unlink_done(struct upkeep_look *look);
void upkeep_keep_reported(struct upkeep_look *look);

#endif
