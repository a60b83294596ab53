/*
 * groups.h - the groups that telemetry-host --all exports: all of one folder.
 *
 * In every other process there is one group, its own, and nothing to look for.
 * On the exporter's thread only.
 */
#ifndef SHIM_RUNTIME_GROUPS_H
#define SHIM_RUNTIME_GROUPS_H

#include "base/compiler.h"

/* From now on all groups of this folder, which is borrowed.  hosted: they have
 * been telemetry-host's before.  `waits` is called once for each whose lock
 * somebody else holds, with that group chosen. */
void groups_begin(const char *root, bool hosted, void (*waits)(void));
bool groups_are_many(void);

/* Takes those that are new or have become free, and forgets those whose folder
 * is gone. */
void groups_look(void);
/* When to look again because of one that is not free, or may have ended;
 * UINT64_MAX: none. */
uint64_t groups_next(void);

/* Calls fn for each group that this process exports, its own one first, with
 * that group chosen. */
void groups_each(void (*fn)(void));

/* With all looks open (report_look.h), after folding.  What has ended goes: its
 * totals are this process's own group's from then on, its folder is removed. */
void groups_end(void);
/* The same, before they are added up: drops totals that another group has taken
 * over, where whoever did it had no time to. */
void groups_settle(void);

/* Lets go of all locks. */
void groups_drop(void);
/* Chooses every group of the folder in turn, whoever has its lock. */
void groups_visit(const char *root, void (*fn)(void));

#endif
