/*
 * group_holder.h - who has the lock of a group, for a person to read.
 */
#ifndef SHIM_RUNTIME_GROUP_HOLDER_H
#define SHIM_RUNTIME_GROUP_HOLDER_H

/* The process that /proc/locks shows for the lock of segment_directory(); 0:
 * none, or it cannot be seen from here. */
int group_lock_holder(void);

#endif
