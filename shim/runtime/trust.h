/*
 * trust.h - may code be loaded from this file?
 */
#ifndef SHIM_RUNTIME_TRUST_H
#define SHIM_RUNTIME_TRUST_H

#include "base/compiler.h"

/*
 * A file is trusted if nobody else can change what is loaded: it is a regular
 * file, no link, owned by root, by us or by the owner of the shim itself (whose
 * code runs already), and not writable by group or others.  With `parents` the
 * same goes for every directory above it, except that a sticky one may be
 * writable; without, only for the one it is in: what may replace a directory
 * further up, beside the shim, may replace the shim.
 *
 * 0; or -errno and *why ("can be written by others").
 */
int trust_check(const char *path, const char *shim, bool parents,
		const char **why);

#endif
