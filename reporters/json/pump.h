/*
 * pump.h - from what the shim hands over to lines in their targets.
 */
#ifndef REPORTERS_JSON_PUMP_H
#define REPORTERS_JSON_PUMP_H

#include "common/say.h"
#include "json/json.h"
#include "json/target.h"

enum { PUMP_EVENTS, PUMP_METRICS, PUMP_LOGS, PUMP_KINDS };

struct pump {
	const struct telemetry_host *host;
	struct json_options options;
	unsigned int content; /* enum json_content */
	bool otlp;
	/* All kinds go to the first, or each has its own. */
	struct target targets[PUMP_KINDS];
	bool is_split;
	const char *place; /* for messages: "TELEMETRY_JSON_FILE: /x" */
	struct say say;	   /* of the last error */
	uint64_t told;	   /* drops that a line has told of */
	struct trace trace;
	struct json_pieces pieces;
};

int pump_records(struct pump *pump, const struct telemetry_batch *batch,
		 int timeout_ms);
int pump_metrics(struct pump *pump, const struct telemetry_snapshot *snapshot,
		 int timeout_ms);

#endif
