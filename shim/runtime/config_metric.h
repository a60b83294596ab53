/*
 * config_metric.h - definitions of metrics in a configuration file.
 *
 * A mapping is written out in the grammar of TELEMETRY_METRICS, with its lines
 * where they are in the file: metric/parse.c reads and judges both.
 */
#ifndef SHIM_RUNTIME_CONFIG_METRIC_H
#define SHIM_RUNTIME_CONFIG_METRIC_H

#include "runtime/config.h"
#include "runtime/document.h"

/* Reads what stands behind `metrics`. */
void config_metric_read(const struct document *file, const struct node *node);
/* All that were read, in their order. */
struct config_definition *config_metric_take(void);

#endif
