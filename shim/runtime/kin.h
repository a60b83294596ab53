/*
 * kin.h - whose is what a process left behind?
 */
#ifndef SHIM_RUNTIME_KIN_H
#define SHIM_RUNTIME_KIN_H

#include "runtime/members.h"

/*
 * Sets `mine` of every member that this process has to report:
 *   - itself, and what it was before it called exec;
 *   - the running ones it is an ancestor of: that they run; what they count
 *     they will report for themselves;
 *   - of another pid namespace, whose tree cannot be known from here, those
 *     that have left;
 *   - the dead, unless another running process of the group that is no
 *     descendant of this one is their nearest living ancestor: it will.
 */
void kin_claim(struct member *list, int count);

#endif
