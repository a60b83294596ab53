/*
 * loader_file.h - loads the shared object of a reporter.
 */
#ifndef SHIM_RUNTIME_LOADER_FILE_H
#define SHIM_RUNTIME_LOADER_FILE_H

#include "runtime/loader.h"

/* Fills in ops and name; 0, or -errno and a line in the log.  `deepbind`: its
 * symbols come from its own libraries first, where that is safe. */
int loader_file_open(const char *path, bool deepbind,
		     struct loader_reporter *reporter);

/* Libraries that find no room when they begin say so to the program's stderr,
 * and what they take the program will want.  False, `told` with a line in the
 * log: the address space that is left by RLIMIT_AS is too little for any
 * reporter. */
bool loader_has_room(bool told);

#endif
