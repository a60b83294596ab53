/*
 * poller_group.h - polls the processes of the group every
 * TELEMETRY_POLL_PERIOD, for metrics and the recorder.
 *
 * On the exporter's thread, which has another descriptor table than the
 * program: so no handler of the program is called.  A program that wants to be
 * called starts a poller (telemetry/poller.h).
 */
#ifndef SHIM_RUNTIME_POLLER_GROUP_H
#define SHIM_RUNTIME_POLLER_GROUP_H

#include "runtime/config.h"

/* From the constructor, when all metrics of the configuration are defined: is
 * there something that names what would be polled? */
bool poller_group_is_wanted(const struct config *config);

/* The thread begins: the first tick is a period from now. */
void poller_group_begin(const struct config *config, uint64_t now);
/* When the next tick is; UINT64_MAX: nobody wants any. */
uint64_t poller_group_next(void);
/* Takes it, if it is due. */
void poller_group_run(uint64_t now);

#endif
