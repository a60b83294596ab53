/*
 * stack.h - addresses of the callers, by libunwind.
 *
 * libunwind is opened with dlopen when the first stack can be asked for, never
 * linked: it exports _Unwind_* and backtrace, and would take the place of
 * libgcc's for every program.
 */
#ifndef SHIM_EVENT_STACK_H
#define SHIM_EVENT_STACK_H

#include "base/compiler.h"

struct buf;

/* The originals of dlopen and dlsym; constructor. */
void stack_set_loader(void *(*open)(const char *, int),
		      void *(*symbol)(void *, const char *));
/* Opens and warms libunwind.  Takes the loader's lock: only from the API and
 * from our own threads. */
bool stack_warm(void);
/* Return addresses, innermost first; 0 when not warm, or when too little of
 * this thread's stack is left or its bounds are unknown.  No allocation. */
size_t stack_capture(void **addresses, size_t capacity);
/* No stacks from now on: looking at an address that is not known is a system
 * call.  Before a seccomp filter. */
void stack_quiet(void);
/* "0x7f... 0x7f..."; at least the address of the caller. */
void stack_text(struct buf *out);

#endif
