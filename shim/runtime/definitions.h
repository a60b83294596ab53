/*
 * definitions.h - hands all definitions of a configuration to metric/.
 */
#ifndef SHIM_RUNTIME_DEFINITIONS_H
#define SHIM_RUNTIME_DEFINITIONS_H

#include "runtime/config.h"

/* The standard set, what reporters want, and what is configured.  A bad one
 * costs a line in the log.  Under the guard. */
void definitions_add(const struct config *config);

#endif
