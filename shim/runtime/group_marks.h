/*
 * group_marks.h - what the group's folder says beside its lock and segments:
 * empty files whose being there is the message.
 */
#ifndef SHIM_RUNTIME_GROUP_MARKS_H
#define SHIM_RUNTIME_GROUP_MARKS_H

#include "base/compiler.h"

enum group_mark {
	GROUP_REPORTED, /* "reported": an exporter that lived on has reported */
	/* "hosted": the group is telemetry-host's, also while that is not
	 * there.  Its processes only record. */
	GROUP_HOSTED,
};

/* 0 or -errno.  The folder must exist. */
int group_mark(enum group_mark mark);
void group_unmark(enum group_mark mark);
bool group_is_marked(enum group_mark mark);
/* Is it telemetry-host's: by its own mark, or by that of the folder of all
 * groups (telemetry-host --all)? */
bool group_is_hosted(void);
/* Can the folder be seen from here?  Not by a process that has changed its user
 * or its root, and not before there is one. */
bool group_is_visible(void);

#endif
