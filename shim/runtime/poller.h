/*
 * poller.h - the pollers of this process, and their thread.
 *
 * It is not the exporter's: what is polled is code of the program, which may
 * block and which uses the program's descriptors.
 */
#ifndef SHIM_RUNTIME_POLLER_H
#define SHIM_RUNTIME_POLLER_H

#include "base/compiler.h"

/* What the thread may be asked for. */
enum { POLLER_STOP = 1, POLLER_LOOK = 2 };

/* Runs what is due.  When something will be, UINT64_MAX: there is no poller.
 * On the pollers' thread only; stops when *request has POLLER_STOP. */
uint64_t poller_run(uint64_t now, const uint32_t *request);
/* Is there any? */
bool poller_is_wanted(void);

/* poller_thread.c.  Wakes the thread, or makes it if that may be now. */
void poller_wake(void);
/* 0, or why no poller may start: -EPERM, -EAGAIN. */
int poller_refusal(void);
/* Is this the pollers' thread? */
bool poller_is_here(void);

/* Hook: main is about to be called. */
void poller_main_begins(void);
/* Is the thread wanted and not there?  Makes it then, or sets exporter_pending
 * to be called again. */
bool poller_is_due(void);
void poller_look(void);
/* Not in the child of a vfork: ends the thread, waiting at most so long;
 * poller_look() makes a new one.  False: it is still there. */
bool poller_pause(int timeout_ms);
/* The same, and there will be no other: the process ends, or may not make
 * system calls any more. */
void poller_end(int timeout_ms, int refusal);

/* In the child of any fork: neither thread nor pollers. */
void poller_after_fork(void);
void poller_forget(void); /* the part of it that is poller.c's */

#endif
