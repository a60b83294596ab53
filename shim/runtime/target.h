/*
 * target.h - is this a program that we want to look at?
 */
#ifndef SHIM_RUNTIME_TARGET_H
#define SHIM_RUNTIME_TARGET_H

#include "base/compiler.h"

/* Path of the running executable; "" if it cannot be known. */
const char *target_executable(void);
/* The part behind the last '/'. */
const char *target_base_name(const char *path);
/* Setuid, setgid or with capabilities: the environment is somebody else's. */
bool target_is_secure(void);
/* Neither a debugger, tracer or init system, nor excluded by the two comma
 * separated lists of globs (NULL: not set). */
bool target_is_wanted(const char *executable, const char *only,
		      const char *except);

#endif
