/*
 * fork.h - what a fork of any kind asks of each layer.
 */
#ifndef SHIM_RUNTIME_FORK_H
#define SHIM_RUNTIME_FORK_H

#include "base/compiler.h"

/* Registers the handlers; from the constructor. */
void fork_init(void);

/* Is this process a child, by fork(), of one that had the shim in it? */
bool fork_happened(void);

#endif
