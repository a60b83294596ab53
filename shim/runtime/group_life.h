/*
 * group_life.h - did the group live before this process?
 *
 * A group lives as long as one of its processes runs or somebody holds its
 * lock.  What is retained in its folder is of this life, or of one that ended
 * without saying so (kill -9, loss of power): then counters begin at 0.
 */
#ifndef SHIM_RUNTIME_GROUP_LIFE_H
#define SHIM_RUNTIME_GROUP_LIFE_H

#include "runtime/members.h"

/* Another process of the group has been seen alive. */
void group_life_met(void);

/* Has the group lived on since before this process began?  Said of a member:
 * it has met another one, was forked by one, is what one became by exec, or
 * there is one that runs and is older.  Asked by a new holder of the lock. */
bool group_life_continues(const struct member *list, int count);

#endif
