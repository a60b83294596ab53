/*
 * cxx.h - C++ exceptions, see cxx.c.
 */
#ifndef SHIM_WRAP_CXX_H
#define SHIM_WRAP_CXX_H

#include "base/compiler.h"

/* The family is wanted; under the guard, before redirect_start(). */
void cxx_enable(void);
/* Calls fn for what is wrapped. */
void cxx_each_function(void (*fn)(const char *function, const char *span,
				  void *arg),
		       void *arg);

#endif
