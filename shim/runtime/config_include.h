/*
 * config_include.h - the files that make up a configuration.
 */
#ifndef SHIM_RUNTIME_CONFIG_INCLUDE_H
#define SHIM_RUNTIME_CONFIG_INCLUDE_H

#include "runtime/document.h"

#define CONFIG_FILES_MAX 16

struct config_files {
	size_t count;
	struct document files[CONFIG_FILES_MAX];
};

/* The file and all that it includes, at any depth and each once, every file
 * before those that it includes.  What cannot be read costs a line in the log.
 * Caller frees with config_include_free(). */
void config_include_read(struct config_files *files, const char *path);
void config_include_free(struct config_files *files);

#endif
