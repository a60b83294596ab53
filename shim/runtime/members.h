/*
 * members.h - the processes of the group, as their files show them.
 */
#ifndef SHIM_RUNTIME_MEMBERS_H
#define SHIM_RUNTIME_MEMBERS_H

#include "base/segment.h"

#define MEMBERS_PATH 1200 /* base/segment_file.c bounds the directory */

/* A file <pid>.<n> in the group's directory. */
struct member {
	uint32_t pid, n;
	uint32_t parent;   /* as it was when the file was made */
	bool running;	   /* alive, and has not said goodbye */
	bool left;	   /* has said goodbye */
	bool reported;	   /* it or somebody else has made its last report */
	bool gone;	   /* nothing will be written to its file any more */
	bool alive;	   /* the process is there, whatever it is now */
	bool unsound;	   /* it is no segment, nor one that is being made */
	bool foreign;	   /* of another pid namespace */
	bool mine;	   /* kin.c: for this process to report */
	bool done;	   /* report.c: in the report */
	bool delivered;	   /* report.c: with its records */
	bool folded;	   /* it is in what is retained */
	bool fold;	   /* to be folded */
	uint64_t used;	   /* of its segment, bytes */
	uint64_t started;  /* ns since the epoch */
	uint64_t boottime; /* the same, timens_boottime(); 0: no sound header */
	struct watched *watched; /* its open file; NULL: by its path */
};

/* Calls fn for every file of the directory that has such a name, in no order,
 * until it returns false.  0, or -errno of opening the directory. */
int members_scan(bool (*fn)(uint32_t pid, uint32_t n, void *arg), void *arg);

/* The same for every name in the directory, whatever it is. */
int members_scan_names(bool (*fn)(const char *name, void *arg), void *arg);

/* Path of a member's file; MEMBERS_PATH bytes are enough. */
void members_path(char *path, size_t size, uint32_t pid, uint32_t n);

/* Is it this process as it is now? */
bool members_is_own(const struct member *member);

/* Reads the header only; false if there is none that makes sense. */
bool members_look(struct member *member);

/* All members with their headers; those without a sound one are left out.
 * *list is from the arena: members_free().  Returns how many, or -errno. */
int members_read(struct member **list);
/* The same; files that are watched are read without opening them. */
int members_read_watched(struct member **list);
void members_free(struct member *list, int count);

/* Parent of a process that runs; 0 if there is none or it cannot be known. */
uint32_t members_parent(uint32_t pid);

/* Does a process of the group run that is an ancestor of this one? */
bool members_have_ancestor(void);

/* Is there another process, and all of them have said goodbye, and some are not
 * gone yet? */
bool members_others_end(void);

/* So many files of dead processes may wait for somebody to report them. */
#define MEMBERS_ABANDONED 1024
/* The same where an ancestor that runs will report them. */
#define MEMBERS_WAITING 4096

/* Takes away the oldest files of the dead if there are more than `limit`,
 * until half of that are left.  How many. */
uint32_t members_prune(uint32_t limit);

#endif
