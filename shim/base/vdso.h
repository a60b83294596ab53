/*
 * vdso.h - the kernel's own code in every process.
 *
 * Looked up in the image that the kernel maps, not through libc, so that a
 * preloaded library which fakes the time does not feed us.
 */
#ifndef SHIM_BASE_VDSO_H
#define SHIM_BASE_VDSO_H

#include "base/compiler.h"

struct timespec;

/* Returns 0 or -errno, like the system call. */
typedef int vdso_clock_gettime(int clock, struct timespec *ts);

/* NULL: no vDSO, or none that is understood. */
vdso_clock_gettime *vdso_find_clock_gettime(void);

#endif
