/*
 * segment_file.h - the file behind the segment, for segment.c, and for those
 * who look into its directory.
 *
 * Finds or makes the directories, checks whose they are, makes the file and
 * reserves its pages.  Knows nothing of what is in the file.
 */
#ifndef SHIM_BASE_SEGMENT_FILE_H
#define SHIM_BASE_SEGMENT_FILE_H

#include "base/compiler.h"

#if defined(__x86_64__)
#define SEGMENT_PAGE 4096u
#else
#define SEGMENT_PAGE 65536u /* the largest page of any other processor */
#endif

/* dir NULL: the default place.  Both are copied. */
void segment_file_configure(const char *dir, const char *group);
/*
 * Makes <pid>.<n> with *size bytes, fewer if RLIMIT_FSIZE wants that but not
 * fewer than `least`; the first `reserve` have memory behind them.  Returns a
 * descriptor that the caller closes, or -errno; then it has logged why.
 */
int segment_file_create(uint64_t reserve, uint64_t least, uint64_t *size,
			uint32_t *n);
/* Makes the directories, if they are not there.  0 or -errno, logged. */
int segment_file_make_directory(void);
/* Gives memory to a part of the file, which is opened by its path again and
 * must still be the same.  0 or -errno. */
int segment_file_reserve(uint64_t offset, uint64_t size);
/* Removes it, if what stands at its path is still it. */
void segment_file_unlink(void);
/* In the child of a fork, or when it was of no use: there is no file now. */
void segment_file_forget(void);

/* open(2) that never takes one of the descriptors 0 to 2, even if the host
 * left them closed.  Close-on-exec. */
int segment_file_open(int dir, const char *path, int flags, unsigned int mode);
/* How often it has failed for want of descriptors or memory: what was not seen
 * meanwhile need not be gone. */
uint32_t segment_file_shortages(void);

#endif
