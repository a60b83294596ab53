/*
 * kept.h - a descriptor that is kept for long, where a host may close or
 * replace every descriptor that it does not know.
 *
 * It is never used or closed without a look at what it is now.
 */
#ifndef SHIM_RUNTIME_KEPT_H
#define SHIM_RUNTIME_KEPT_H

#include "base/compiler.h"

struct kept {
	int fd; /* valid if held */
	bool held;
	uint64_t device, inode;
};

/* Keeps `fd`, moved out of the way of the host's numbers if `move_up`; its
 * owner is `kept` from here on.  0 or -errno: fd is closed then. */
int kept_hold(struct kept *kept, int fd, bool move_up);
/* Is it still what it was? */
bool kept_is_held(struct kept *kept);
void kept_close(struct kept *kept);

#endif
