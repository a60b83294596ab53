/*
 * serve.h - reporters that listen, or wait for somebody to take what they send.
 *
 * On the exporter's thread only, with the reporters open.
 */
#ifndef SHIM_RUNTIME_SERVE_H
#define SHIM_RUNTIME_SERVE_H

#include "base/compiler.h"

struct pollfd;
struct telemetry_snapshot;

/* Asks each reporter what it waits for.  *fds: an array whose first element is
 * the caller's, the rest is what to poll; *when is lowered to the time at which
 * one wants to be called anyway.  How many elements; 1: there are none. */
int serve_gather(struct pollfd **fds, uint64_t *when);

/* After poll(): calls those that are ready or whose time has come. */
void serve_ready(uint64_t now);

/* Does any reporter wait for something?  It is asked. */
bool serve_is_wanted(void);

/* telemetry_host.snapshot. */
const struct telemetry_snapshot *serve_snapshot(void *context);

/* The reporters have been closed: what is known of them is void. */
void serve_forget(void);

#endif
