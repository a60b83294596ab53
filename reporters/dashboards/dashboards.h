/*
 * dashboards.h - what the files of the dashboards reporter share.
 */
#ifndef REPORTERS_DASHBOARDS_DASHBOARDS_H
#define REPORTERS_DASHBOARDS_DASHBOARDS_H

#include "common/text.h"

#include <stdbool.h>

#include <telemetry/reporter.h>

/* Folders of panels that belong together; "custom" has those of the user. */
extern const char *const bundles[];
extern const size_t bundle_count;

const struct telemetry_metric *
dashboards_find(const struct telemetry_snapshot *snapshot, const char *name);

/* Adds the JSON of a bundle's dashboard; false: it has no panel. */
bool grafana_put(struct text *out, const struct telemetry_snapshot *snapshot,
		 const char *bundle);

/* Adds the YAML of all alert rules whose metrics are there. */
void alerts_put(struct text *out, const struct telemetry_snapshot *snapshot);

#endif
