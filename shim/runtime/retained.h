/*
 * retained.h - what the group keeps of its dead: the file "retained" in the
 * group's folder.
 *
 * It holds, after a head, the members that have been folded into it and whose
 * files may still be there, and then whole segments (metric/retain.h), one for
 * each executable and service name and for each of two states:
 *
 *	SEGMENT_RETAINED  for a last report that is still to come
 *	SEGMENT_REPORTED  in a last report already; shown to reporters that
 *			  show what the whole group adds up to, and no others
 *
 * Exactly once, whoever is killed when: a new file is written under another
 * name and renamed over the old one, and only then the files of the members
 * that it lists are removed.  Whoever finds a member listed does not read it.
 * A member is its pid, n and start.
 *
 * telemetry-host --all adds the totals of a group that has ended to those of
 * its own group.  Such a group is listed, too: pid 0, its number, and when its
 * file was written.
 *
 * Only by the process that holds the group's lock.  Raw system calls only.
 */
#ifndef SHIM_RUNTIME_RETAINED_H
#define SHIM_RUNTIME_RETAINED_H

#include "runtime/members.h"

#define RETAINED_KINDS 256 /* of executable and service; then "(other)" */
#define RETAINED_PARTS (2 * RETAINED_KINDS + 2)
#define RETAINED_SIZE_MAX (64u << 20)

struct retained_entry {
	uint32_t pid, n;
	uint64_t started; /* member.boottime; of a group, retained.written */
	uint64_t group;	  /* if pid is 0 */
	uint64_t reserved;
};

struct retained {
	uint8_t *bytes; /* the file; NULL: there is none */
	size_t memory;
	const struct retained_entry *entries;
	uint32_t entry_count;
	uint32_t part_count;
	uint64_t written;	     /* when, ns of timens_boottime() */
	bool of_another_boot;	     /* of which that says nothing here */
	struct segment_image *parts; /* into bytes: not to be released */
};

/* Reads it, and marks the members that are in it as folded.  0, also if there
 * is none; a corrupt one is put aside as "retained.bad" and counted.  -errno:
 * it could not be read.  The caller frees with retained_close(). */
int retained_open(struct retained *retained, struct member *list, int count);
void retained_close(struct retained *retained);

enum retained_as {
	RETAINED_AS_THEY_ARE,
	/* These and all that is retained have been in a last report. */
	RETAINED_AS_REPORTED,
};

/* Folds the members with `fold` set into a new file and removes theirs; then
 * they are `folded`.  What is in `retained` stays what it was.  0 or -errno:
 * nothing has changed. */
int retained_fold(const struct retained *retained, struct member *list,
		  int count, enum retained_as as);

/* Adds all that another group has retained.  0 or -errno, as above. */
int retained_take_over(const struct retained *retained, struct member *list,
		       int count, const struct retained *from, uint64_t group);
/* Is that of the other group in it? */
bool retained_has_taken(const struct retained *retained,
			const struct retained *from, uint64_t group);

/* Forgets what has been reported, or all of it: the group has ended.  The files
 * of the members that it lists are removed first. */
void retained_forget(struct retained *retained, struct member *list, int count,
		     bool all);

/* For retained_fold(): checks and writes the file. */
struct retained_piece {
	const void *bytes;
	size_t size; /* a multiple of 16 */
};
int retained_write(uint32_t entry_count, const struct retained_piece *pieces,
		   size_t count);
void retained_unlink(void);

#endif
