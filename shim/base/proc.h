/*
 * proc.h - what the kernel says of processes, in the files of /proc and of the
 * control groups.
 *
 * Trusts no text: a name may hold anything, a file may be missing, cut or
 * empty, a number too large.  Raw system calls only; callable from any thread.
 * Times are nanoseconds, sizes bytes.
 */
#ifndef SHIM_BASE_PROC_H
#define SHIM_BASE_PROC_H

#include "base/compiler.h"

#include <sys/types.h>

#define PROC_TASKS_MAX 4096    /* threads of one process that are looked at */
#define PROC_TICK_NS 10000000u /* of the times in /proc/<pid>/stat */

/* Of the process, all of its threads together, from its start on. */
struct proc_stat {
	char state;
	uint64_t user, system; /* in steps of 10 ms */
	uint64_t minor_faults, major_faults;
	uint64_t threads;
	uint64_t start; /* PROC_TICK_NS since the boot */
	uint64_t size;	/* of its address space */
	uint64_t resident;
};

/* For tests: another place than "/proc". */
void proc_set_root(const char *path);

/* Text of a file, terminated; what does not fit is cut off.  The length, or
 * -errno. */
ssize_t proc_read_path(const char *path, char *text, size_t size);
/* Of "/proc/<pid>/<name>"; pid 0: "/proc/<name>". */
ssize_t proc_read(uint32_t pid, const char *name, char *text, size_t size);
/* Opens it: a descriptor for sys_close(), or -errno. */
int proc_open(uint32_t pid, const char *name, int flags);

/* False for anything that does not look like one. */
bool proc_parse_stat(const char *text, struct proc_stat *stat);
int proc_read_stat(uint32_t pid, struct proc_stat *stat);

/* The whole number at *at, blanks before it skipped; moves behind it. */
bool proc_number(const char **at, uint64_t *value);
/* The number behind `key` and an optional colon at the begin of a line. */
bool proc_find(const char *text, const char *key, uint64_t *value);
/* What stands behind it up to the end of the line; NULL if it is not there. */
const char *proc_line(const char *text, const char *key, size_t *length);

/* Calls fn for each entry of the folder whose name is a number, until it
 * returns false.  0 or -errno. */
int proc_each_number(int dir, bool (*fn)(uint32_t number, void *arg),
		     void *arg);
/* The same for the threads of a process.  -E2BIG behind PROC_TASKS_MAX. */
int proc_each_task(uint32_t pid, bool (*fn)(uint32_t tid, void *arg),
		   void *arg);

/* Open descriptors of a process; -errno. */
int64_t proc_count_descriptors(uint32_t pid);
/* Lines of a file below /proc/<pid>/; -errno. */
int64_t proc_count_lines(uint32_t pid, const char *name);

#endif
