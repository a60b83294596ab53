/*
 * standby.h - the process that takes over when the exporter of its group ends.
 *
 * On the exporter's thread only.
 */
#ifndef SHIM_RUNTIME_STANDBY_H
#define SHIM_RUNTIME_STANDBY_H

#include "base/compiler.h"

/* Somebody else exports.  Waits for the end of that, if nobody else does, until
 * there is a request.  True: this process holds the lock now. */
bool standby_wait(void);

/* For the exporter, every now and then: if nobody waits for its end, asks the
 * other processes of the group.  When to come again; UINT64_MAX: whenever. */
uint64_t standby_check(uint64_t now);

/* This process begins to export, or is the child of a fork. */
void standby_forget(void);

#endif
