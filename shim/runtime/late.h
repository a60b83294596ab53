/*
 * late.h - what the constructor puts off: most processes end before anything
 * happens that the standard metrics count.
 */
#ifndef SHIM_RUNTIME_LATE_H
#define SHIM_RUNTIME_LATE_H

#include "runtime/config.h"

/* Constructor, in place of definitions_add(), before wrap_enable(): true if it
 * can wait, and the wrappers are to be told so.  Not what was configured: what
 * is wrong with it is said at once.  Under the guard. */
bool late_put_off(const struct config *config);

/* Does it now, if nobody has yet: a wrapper's first span, the API's first use,
 * the exporter's first look.  Under the guard or on a thread of ours; false: a
 * lock was not to be had in time (counted), and the next one tries again. */
bool late_catch_up(void);

#endif
