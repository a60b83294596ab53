/*
 * foreign.h - variables of other clients that a reporter of ours understands.
 */
#ifndef SHIM_RUNTIME_FOREIGN_H
#define SHIM_RUNTIME_FOREIGN_H

struct loader_reporter;

/* Hands those of <telemetry/builtin.h> that are set to the reporter. */
void foreign_apply(struct loader_reporter *reporter);

#endif
