/* poller_check.h - is it a poller that somebody can mean? */
#ifndef SHIM_RUNTIME_POLLER_CHECK_H
#define SHIM_RUNTIME_POLLER_CHECK_H

#include "base/compiler.h"
#include "telemetry/poller.h"

/* One line in the log, and false. */
bool poller_refuse(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);

/* False has been logged. */
bool poller_check_options(const struct telemetry_poller_options *options);
bool poller_check_measurement(const char *poller, size_t index,
			      const struct telemetry_measurement *m);

#endif
