/*
 * fork.h - what a fork of any kind asks of each layer.
 */
#ifndef SHIM_RUNTIME_FORK_H
#define SHIM_RUNTIME_FORK_H

/* Registers the handlers; from the constructor. */
void fork_init(void);

#endif
