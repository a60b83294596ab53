/*
 * value.h - the kinds of values that variables have (config.def).
 *
 * Each function reads one text into *field (at most 8 bytes), or leaves *field
 * alone and returns -1; *expected then says what would be right, or is NULL
 * when the line in the log is written already, which begins with `where`.
 */
#ifndef SHIM_RUNTIME_VALUE_H
#define SHIM_RUNTIME_VALUE_H

#include "base/compiler.h"

#define VALUE_SHOWN 200 /* bytes of an offending text in a log line */

int value_FLAG(const char *where, const char *text, void *field,
	       const char **expected);
int value_TEXT(const char *where, const char *text, void *field,
	       const char **expected);
int value_MS(const char *where, const char *text, void *field,
	     const char **expected);
int value_SIZE(const char *where, const char *text, void *field,
	       const char **expected);
int value_LEVEL(const char *where, const char *text, void *field,
		const char **expected);
int value_FAMILIES(const char *where, const char *text, void *field,
		   const char **expected);

#endif
