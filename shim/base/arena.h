/*
 * arena.h - memory of our own.
 *
 * The shim never allocates from the host's heap: the host's allocator may hold
 * its locks when it calls us, and a pointer that crosses the border would be
 * freed by the wrong side.  Blocks come from mmap, in power-of-two classes with
 * free lists; they are zeroed.  All of it, and the segment, counts towards one
 * limit per process (arena_set_limit); hitting it returns NULL and is counted.
 * Threads of ours may go a little further, so that they can report just that.
 *
 * Callable from any thread, under the re-entry guard (base/thread.h): a signal
 * handler that interrupts an allocation must not come back here.
 */
#ifndef SHIM_BASE_ARENA_H
#define SHIM_BASE_ARENA_H

#include "base/compiler.h"

/* Zeroed and 16-byte aligned, larger ones to cache lines, those of a page or
 * more to pages, or NULL.  Caller frees with arena_free() and the same size. */
void *arena_alloc(size_t size);
void arena_free(void *block, size_t size);

/* Whole pages outside the classes.  WIPE pages read as zero in every kind of
 * fork child (MADV_WIPEONFORK): the way a child learns that it is one. */
enum arena_pages { ARENA_PLAIN, ARENA_WIPE };
void *arena_pages(size_t size, enum arena_pages kind);
void arena_pages_free(void *block, size_t size);

/* Zeroed pages for what is read of segments and made of it, with a limit of
 * their own: a process that may record no more can still be reported.  Whoever
 * borrows them gives them back when it is done, with the same size. */
void *arena_borrow(size_t size);
void arena_give_back(void *block, size_t size);
size_t arena_borrowed(void);
/* The same, but whatever was there before may be in it; and some of it is kept
 * from one look to the next: at most 1664 KiB, no block above this size. */
#define ARENA_SCRATCH_KEPT (512u << 10)
void *arena_scratch(size_t size);
void arena_scratch_done(void *block, size_t size);
/* After a look: what was given back goes to the kernel, too. */
void arena_trim(void);
void arena_set_borrow_limit(size_t bytes);

char *arena_strndup(const char *text, size_t length);

void arena_set_limit(size_t bytes);
/* Takes memory of somebody else (the segment's) into the limit; false: there is
 * no room for it, unless `forced`. */
bool arena_charge(size_t bytes, bool forced);
void arena_discharge(size_t bytes);
size_t arena_used(void);
/* Requests refused because of the limit or because mmap failed. */
uint64_t arena_refused(void);

/* In the child of a raw fork. */
void arena_reset_lock(void);

#endif
