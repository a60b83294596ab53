/*
 * config.h - the settings of this process, from its environment and from the
 * file of TELEMETRY_CONFIG.
 *
 * One row per setting in config.def; a value that cannot be used costs one line
 * in the log, and its default is used instead.
 */
#ifndef SHIM_RUNTIME_CONFIG_H
#define SHIM_RUNTIME_CONFIG_H

#include "base/compiler.h"
#include "base/log.h"

/* Definitions of metrics that are from a file. */
struct config_definition {
	struct config_definition *next;
	const char *file;
	unsigned int line;
	const char *text; /* in the grammar of TELEMETRY_METRICS */
	bool single;	  /* one definition, whatever is in it */
};

struct config {
	/* Not to be touched: switched off, not among TELEMETRY_ONLY, a
	 * debugger or an init system, or privileged (AT_SECURE).  Nothing
	 * below but `executable` need be set then. */
	bool untouched;
	const char *executable; /* path; "" if it cannot be known */
	char group[17];		/* hash of all that shapes the group */

	/* The rows of config.def; texts are NULL when not set. */
	bool disabled, sdk_disabled, deepbind;
	enum log_level log_level;
	const char *log_file;
	const char *file;
	const char *reporters, *metrics, *record, *missing;
	const char *only, *except;
	const char *dir;
	const char *attributes;
	const char *service; /* never NULL */
	uint32_t families;   /* bit per enum wrap_family */
	uint32_t exit_timeout_ms, poll_period_ms, expire_ms;
	uint64_t memory_limit;
	/* Of telemetry-host: its reporters are its own, and its group is that
	 * of processes without any. */
	bool apart;
	/* In place of `metrics`, if that is not set. */
	const struct config_definition *definitions;
};

/* Once, from the constructor, after env_capture().  Sets up the log.  Reads a
 * file if TELEMETRY_CONFIG names one; the result lives for ever. */
const struct config *config_load(void);
/* The same for telemetry-host, which is not among the programs that are to stay
 * untouched.  reporters: in place of what is set, and no part of what makes the
 * group; NULL: as for any process. */
const struct config *config_load_host(const char *reporters);

/* Calls fn for each text of definitions that a configured reporter wants
 * beside those of TELEMETRY_METRICS (telemetry/builtin.h); origin is what to
 * name when one is wrong. */
void config_each_wanted(const struct config *config,
			void (*fn)(const char *origin, const char *text,
				   void *arg),
			void *arg);

/* The definitions that a reporter wants which comes with the shim, "" if none;
 * NULL for one that does not. */
const char *config_wanted_by(const char *name, size_t length);

/* Is there a reporter of that name among the configured ones? */
bool config_lists_reporter(const char *name);
/* Is there a reporter of that name with the shim or among the configured ones,
 * so that options can be meant for it? */
bool config_knows_reporter(const char *name);

/* May a configured reporter want to be called before the end of a process? */
bool config_wants_live(const struct config *config);
/* Is what each metric takes from each event to be recorded (metric/trace.h)? */
bool config_wants_takes(const struct config *config);

/* Does a configured reporter listen, or this one?  It is wanted from the
 * beginning of main, and not at all by a process that only ends. */
bool config_listens(const struct config *config);
bool config_is_listener(const char *name, size_t length);
/* Do all of them? */
bool config_only_listens(const struct config *config);

/* The name of a reporter as its options have it: the item of
 * TELEMETRY_REPORTERS itself, or what stands before ".so" in a path. */
const char *config_reporter_name(const char *item, size_t *length);

#endif
