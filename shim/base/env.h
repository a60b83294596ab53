/*
 * env.h - the environment as it was at start, copied once.
 *
 * Read from `environ` directly: getenv() may be the host's own (bash exports
 * one), and setenv() is neither thread-safe nor invisible.  The shim never
 * changes the environment.
 */
#ifndef SHIM_BASE_ENV_H
#define SHIM_BASE_ENV_H

#include "base/compiler.h"

/* Copies every TELEMETRY_*, OTEL_*, DD_* and STATSD_* variable.  Once, from
 * the constructor; a second call does nothing. */
void env_capture(char *const *environment);

/* The value, or NULL when unset or empty (OpenTelemetry: empty is unset).
 * Lives for ever. */
const char *env_get(const char *name);

/* Calls fn for every captured variable that begins with prefix. */
void env_each(const char *prefix,
	      void (*fn)(const char *name, const char *value, void *arg),
	      void *arg);

#endif
