/*
 * json.h - the lines of the JSON reporter.
 */
#ifndef REPORTERS_JSON_JSON_H
#define REPORTERS_JSON_JSON_H

#include "common/json.h"
#include "common/trace.h"
#include "json/pieces.h"

#include <telemetry/reporter.h>

enum json_content { JSON_EVENTS = 1, JSON_METRICS = 2, JSON_LOGS = 4 };

enum json_level { JSON_DEBUG, JSON_INFO, JSON_WARN, JSON_ERROR };

struct json_options {
	char *events; /* globs; NULL: all */
	char *fields; /* globs of keys; NULL: all */
	char *redact; /* globs of keys */
	char *levels; /* GLOB=LEVEL,...; NULL: none */
	enum json_level level;
	size_t max_line; /* bytes, with its end */
};

/* How much of a line is left out to make it fit: texts longer than `text`, and
 * at the end fields and buckets. */
struct json_cut {
	size_t text;
	bool bare;
	bool happened; /* something was left out */
};
#define JSON_CUTS 4
extern const struct json_cut json_cuts[JSON_CUTS];

extern const char *const json_level_names[]; /* ends with NULL */

/* A record, and what it belongs to. */
struct json_record {
	const struct telemetry_record *record;
	const struct telemetry_process *process;
	struct json_pieces *pieces; /* of its batch */
	enum json_level level;
	bool in_trace;
	uint64_t trace[2];
};

bool json_levels_are_valid(const char *levels);
/* False: it is not to be written. */
bool json_choose(const struct json_options *options,
		 const struct telemetry_record *record, enum json_level *level);
/* Is a field of that key written at all, and with its value? */
bool json_is_allowed(const struct json_options *options, const char *key);
bool json_is_secret(const struct json_options *options, const char *key);
/* Call it whenever a list of the options is another or gone. */
void json_forget_choices(void);
#define JSON_REDACTED "REDACTED"

/* Of a failure: "ECONNREFUSED", or whatever is known. */
const char *json_failure(const struct telemetry_record *record);
bool json_is_log(const struct telemetry_record *record);
/* "libc.socket.connect: ECONNREFUSED" */
void json_message(struct text *out, const struct telemetry_record *record);

/* Each writes one line, without its end. */
void json_line_event(struct text *out, const struct json_options *options,
		     const struct json_record *r, struct json_cut *cut);
void json_line_log(struct text *out, const struct json_options *options,
		   const struct json_record *r, struct json_cut *cut);
void json_line_metric(struct text *out, const struct json_options *options,
		      const struct telemetry_snapshot *snapshot,
		      const struct telemetry_metric *metric,
		      const struct telemetry_sample *sample,
		      struct json_cut *cut);

#endif
