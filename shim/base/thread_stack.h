/*
 * thread_stack.h - between thread.c and thread_stack.c.
 */
#ifndef SHIM_BASE_THREAD_STACK_H
#define SHIM_BASE_THREAD_STACK_H

/* Does nothing on any other thread than the process's first. */
void thread_bounds_of_main(void);

#endif
