/*
 * settings.h - what is set: by variables of the environment, and by a
 * configuration file for those that the environment leaves open.
 *
 * A setting of the file has the name of the variable in whose place it stands,
 * so whoever asks need not know where a value is from; an empty variable is not
 * set.  Filled by the constructor, only read after that.
 */
#ifndef SHIM_RUNTIME_SETTINGS_H
#define SHIM_RUNTIME_SETTINGS_H

#include "base/compiler.h"

struct setting {
	const char *name;  /* TELEMETRY_PROMETHEUS_PORT */
	const char *value; /* never empty */
	const char *where; /* for a message: the name, or "FILE:LINE: key" */
};

/* NULL: not set. */
const char *settings_get(const char *name);
/* Where it is from; the name itself if it is not set. */
const char *settings_where(const char *name);
/* All whose names begin with prefix. */
void settings_each(const char *prefix,
		   void (*fn)(const struct setting *setting, void *arg),
		   void *arg);

/* Of a file; copied.  The first of a name counts.  0 or -ENOMEM. */
int settings_add(const char *name, const char *value, const char *where);

#endif
