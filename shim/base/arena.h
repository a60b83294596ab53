/*
 * arena.h - memory of our own.
 *
 * The shim never allocates from the host's heap: the host's allocator may hold
 * its locks when it calls us, and a pointer that crosses the border would be
 * freed by the wrong side.  Blocks come from mmap, in power-of-two classes with
 * free lists; they are zeroed.  All of it counts towards one limit per process
 * (arena_set_limit); hitting it returns NULL and is counted.
 *
 * Callable from any thread, under the re-entry guard (base/thread.h): a signal
 * handler that interrupts an allocation must not come back here.
 */
#ifndef SHIM_BASE_ARENA_H
#define SHIM_BASE_ARENA_H

#include "base/compiler.h"

/* Zeroed and 16-byte aligned, or NULL.  Caller frees with arena_free() and the
 * same size. */
void *arena_alloc(size_t size);
void arena_free(void *block, size_t size);

/* Whole pages outside the classes.  WIPE pages read as zero in every kind of
 * fork child (MADV_WIPEONFORK): the way a child learns that it is one. */
enum arena_pages { ARENA_PLAIN, ARENA_WIPE };
void *arena_pages(size_t size, enum arena_pages kind);
void arena_pages_free(void *block, size_t size);

char *arena_strndup(const char *text, size_t length);

void arena_set_limit(size_t bytes);
size_t arena_used(void);
/* Requests refused because of the limit or because mmap failed. */
uint64_t arena_refused(void);

/* In the child of a raw fork. */
void arena_reset_lock(void);

#endif
