/*
 * config_file.h - the file of TELEMETRY_CONFIG.
 *
 * It has a key for each row of config.def, `metrics`, `include`, and one for
 * each reporter with its options.  What it says is added to runtime/settings.h;
 * each entry that is wrong costs a line in the log, and the rest counts.
 */
#ifndef SHIM_RUNTIME_CONFIG_FILE_H
#define SHIM_RUNTIME_CONFIG_FILE_H

#include "runtime/config.h"

/* The settings and definitions of this file and of those that it includes: of
 * two that say the same the including one counts, and of two included ones the
 * first.  `ready` is called when those of config.def are known.  With one
 * thread only. */
struct config_definition *config_file_read(const char *path,
					   void (*ready)(void));

/* Calls fn for each reporter that a file had options for. */
void config_file_each_reporter(void (*fn)(const char *name));

#endif
