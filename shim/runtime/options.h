/*
 * options.h - hands TELEMETRY_<REPORTER>_<OPTION> to a reporter.
 */
#ifndef SHIM_RUNTIME_OPTIONS_H
#define SHIM_RUNTIME_OPTIONS_H

struct loader_reporter;

/* All that are set.  One that the reporter does not know or take costs a line
 * in the log, and the reporter goes on without it. */
void options_apply(struct loader_reporter *reporter);

#endif
