/*
 * role.h - what this process is in its group: one that only records, or the
 * one that reports for all.
 *
 * Decided when it ends: it reports unless another running process of the group
 * is its ancestor, or exports already; then it leaves its segment behind, and
 * that one folds it in.  Without reporters nobody reports, and an orderly end
 * takes the segment away.
 */
#ifndef SHIM_RUNTIME_ROLE_H
#define SHIM_RUNTIME_ROLE_H

#include "base/compiler.h"

/* Hook: exit, _exit, quick_exit, return of main; before any handler of the
 * host runs.  Callable from every thread, twice, in signal handlers, and in
 * the child of a vfork (does nothing there).  Takes at most
 * TELEMETRY_EXIT_TIMEOUT; leaves errno alone. */
void role_leaving(int status);

/* Hooks: about to become another program, without a report; it failed. */
void role_exec(void);
void role_exec_failed(void);

/* An end that no hook announced: from our destructor. */
void role_left_otherwise(void);

/* Hook: main is about to be called. */
void role_starting(void);
/* Hook: about to become another user. */
void role_user_changes(void);
/* Hook: a second thread would be in the way of what the host does next. */
void role_single_threaded(void);

#endif
