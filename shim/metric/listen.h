/*
 * listen.h - what a metric does when one of its events comes.
 */
#ifndef SHIM_METRIC_LISTEN_H
#define SHIM_METRIC_LISTEN_H

#include "metric/model.h"

/* Chooses a handler for the metric and the event of the attachment, and
 * subscribes it.  0 or -errno.  Under the guard. */
int listen_to_event(struct attachment *attachment);

#endif
