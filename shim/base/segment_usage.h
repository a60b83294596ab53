/*
 * segment_usage.h - what the process of a segment has used of the machine.
 */
#ifndef SHIM_BASE_SEGMENT_USAGE_H
#define SHIM_BASE_SEGMENT_USAGE_H

#include "base/segment.h"

/* For sums of the dead. */
static inline void usage_add(struct segment_usage *to,
			     const struct segment_usage *from)
{
	to->user += from->user;
	to->system += from->system;
	to->minor_faults += from->minor_faults;
	to->major_faults += from->major_faults;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
}

/* Of this process, from its start on; one system call. */
void usage_own(struct segment_usage *usage);

/* Of any process: 0 or -errno. */
int usage_of(uint32_t pid, struct segment_usage *usage);

/* Brings header->usage of this process's segment up to date. */
void usage_store_own(struct segment_header *header);
/* The last time in this process: from here on a system call that the host does
 * not make itself may kill it. */
void usage_freeze(void);

/*
 * Looks at a process that runs, and notes it in the image and in the file at
 * `path` (NULL: there is none); never less than was noted before.  Context
 * switches of threads that have ended are seen only when the process ends.
 * -ESRCH: the process is another one by now, or gone; or -errno of /proc.
 */
int usage_look(struct segment_image *image, const char *path);

#endif
