/*
 * resolve.h - the list of all sites, and their originals.
 */
#ifndef SHIM_WRAP_RESOLVE_H
#define SHIM_WRAP_RESOLVE_H

#include "wrap/call.h"
#include "wrap/families.h"

/* Finds the original; false if there is none behind us.  Idempotent, takes no
 * lock, leaves errno and dlerror() alone. */
bool wrap_resolve_site(struct wrap_site *site);
/* Puts `by` in the place of the original of a function of the heap, which is in
 * *original before anybody calls `by`.  Idempotent. */
void wrap_replace(const char *name, void *by, void **original);
/* What a call of a function that libc does not have returns: -1, ENOSYS. */
long wrap_missing(void);

#endif
