/*
 * timens.h - clocks as the machine counts them.
 *
 * In a time namespace (unshare --time) CLOCK_MONOTONIC, CLOCK_BOOTTIME and the
 * starts of processes in /proc/<pid>/stat are off by what its maker liked.
 * Processes of one group may be in different ones, and compare such times.
 */
#ifndef SHIM_BASE_TIMENS_H
#define SHIM_BASE_TIMENS_H

#include "base/compiler.h"

/* ns since the machine was booted. */
uint64_t timens_boottime(void);
/* The same of a start that was read from /proc/<pid>/stat, in ticks. */
uint64_t timens_start(uint64_t ticks);
/* By how much CLOCK_MONOTONIC of this process is ahead of the machine's, ns. */
int64_t timens_monotonic(void);
/* A number of this boot of the machine, which no other has: times of two boots
 * are not to be compared.  0: it is not known. */
uint64_t timens_boot(void);
/* In the child of a fork, which may be in another one than its parent. */
void timens_after_fork(void);

#endif
