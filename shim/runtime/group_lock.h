/*
 * group_lock.h - the one exporter of a group at a time.
 *
 * An flock() on <group's directory>/lock.  It says who may report, not who may
 * record; nobody waits for it without a limit.
 */
#ifndef SHIM_RUNTIME_GROUP_LOCK_H
#define SHIM_RUNTIME_GROUP_LOCK_H

#include "base/compiler.h"

/* How long it will be held: the file says so to those who find it taken. */
enum group_lock_hold {
	GROUP_LOCK_BRIEF, /* for a report on the way out: worth waiting for */
	GROUP_LOCK_LONG,  /* by a process that lives on */
};

/* 0; -EBUSY: somebody holds it for long; -EAGAIN: somebody holds it, for a
 * moment only; or -errno. */
int group_lock_take(enum group_lock_hold hold);
/* Is it held by this process, and the descriptor still ours?  A host may close
 * or replace every descriptor it does not know. */
bool group_lock_is_held(void);
void group_lock_drop(void);
/* Is the file of the lock that is held still the group's? */
bool group_lock_is_in_place(void);
/* In the child of a fork: the parent's descriptors are closed. */
void group_lock_after_fork(void);

/* Does anybody hold it, from whatever process? */
bool group_lock_is_taken(void);

/* The one process of the group that waits to be the next exporter.  0;
 * -EWOULDBLOCK: there is one; or another -errno. */
int group_standby_take(void);
void group_standby_drop(void);
bool group_standby_is_taken(void);
/* A descriptor of which poll() reports POLLERR when nobody holds the lock for
 * long any more.  -ENXIO: nobody shows that he does, now. */
int group_standby_watch(void);

#endif
