/*
 * otlp.h - lines in the JSON encoding of OTLP: each is a whole TracesData,
 * LogsData or MetricsData, with items of one process, no more than fit.
 */
#ifndef REPORTERS_JSON_OTLP_H
#define REPORTERS_JSON_OTLP_H

#include "json/json.h"

enum otlp_kind { OTLP_TRACES, OTLP_LOGS, OTLP_METRICS };

/* Lines in the making.  Zeroed, with `options` and `out` set. */
struct otlp {
	const struct json_options *options;
	struct text *out;
	struct text head;  /* up to the items */
	struct text group; /* the same within a metric */
	struct text item;
	const char *tail, *group_tail;
	size_t line; /* where the open one begins */
	bool is_open, group_is_open;
	uint64_t too_long; /* items that no line can take */
};

/* Of a process, until otlp_end(). */
void otlp_begin(struct otlp *o, enum otlp_kind kind,
		const struct telemetry_process *process);
void otlp_end(struct otlp *o);
void otlp_free(struct otlp *o);

void otlp_add_span(struct otlp *o, const struct json_record *r);
void otlp_add_log(struct otlp *o, const struct json_record *r);
/* The samples of that process. */
void otlp_add_metric(struct otlp *o, const struct telemetry_snapshot *snapshot,
		     const struct telemetry_metric *metric, uint32_t process);

/* For these: an item that has been written to o->item goes into a line; false:
 * it is too long. */
bool otlp_put_item(struct otlp *o);
/* The items to come are within this; NULL: within nothing. */
void otlp_set_group(struct otlp *o, const char *tail);
void otlp_attribute(struct text *out, const char *key, const char *value,
		    struct json_cut *cut);

#endif
