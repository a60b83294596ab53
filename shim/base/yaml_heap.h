/*
 * yaml_heap.h - what libyaml calls instead of libc's heap.
 *
 * The shim has a private copy of libyaml's parser in which the names malloc,
 * realloc, free and strdup are replaced by these (Makefile): the host's heap is
 * not touched, and what is left over counts towards the limit of the arena.
 * Reading and writing of files does nothing.
 */
#ifndef SHIM_BASE_YAML_HEAP_H
#define SHIM_BASE_YAML_HEAP_H

#include "base/compiler.h"

void *yaml_heap_alloc(size_t size);
void *yaml_heap_resize(void *block, size_t size);
void yaml_heap_free(void *block);
char *yaml_heap_copy(const char *text);
size_t yaml_heap_read(void);
size_t yaml_heap_write(void);
int yaml_heap_error(void);

/* A failed assertion of libyaml ends here and not in abort(): whoever calls
 * libyaml sets the place to return to with __builtin_setjmp(). */
extern void *yaml_heap_escape[5];
void yaml_heap_failed(void) __attribute__((noreturn));

#endif
