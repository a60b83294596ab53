/*
 * exporter_host.h - the exporter as a program of its own: telemetry-host
 * (scripts/telemetry-host.c), whose only thread it is.
 *
 * The group's folder says so (GROUP_HOSTED), from the first start of that
 * program until it is told to release the group: its processes then neither
 * export nor report at their end, whether the program runs or not.
 */
#ifndef SHIM_RUNTIME_EXPORTER_HOST_H
#define SHIM_RUNTIME_EXPORTER_HOST_H

#include "runtime/config.h"

/* Once: this process is that program, and this thread the exporter's.  After
 * segment_configure() and definitions_add(). */
void exporter_host_init(const struct config *config);

/*
 * Makes the group this program's, and waits until it can have the lock; calls
 * `waits` once if that takes longer than a moment.  Opens the reporters.  0;
 * -EINTR: it is to end; -ENOEXEC: no reporter can be used; or another -errno:
 * there is no way into the group's folder.
 */
int exporter_host_take(void (*waits)(void));
/* The same with all groups of this folder, which is borrowed, those included
 * that come later.  `waits` is called for the folder, and once for each group
 * that somebody else exports: segment_directory() is what it is about. */
int exporter_host_take_all(const char *root, void (*waits)(void));

/* Exports, until it is to end. */
void exporter_host_run(void);
/* The last report; the locks are free then. */
void exporter_host_finish(void);

/* It is to end.  From signal handlers, too. */
void exporter_host_end(void);

/* The group is its processes' own again; if none runs, all that is kept of it
 * goes.  0; -EBUSY: somebody exports it; -EPERM: it is one of all groups; or
 * -errno. */
int exporter_host_release(void);
/* The same with all groups of the folder; `fails` is called for each that does
 * not work, with segment_directory() set.  0 or the last -errno. */
int exporter_host_release_all(const char *root, void (*fails)(int error));

#endif
