/*
 * metric.h - definitions: which number of which event, cut by which tags, is
 * added up how.  The one place where measurements and tags are extracted;
 * reporters receive finished samples.
 *
 * Grammar of TELEMETRY_METRICS (definitions separated by ';'):
 *
 *   type ( name [, option = value]... )
 *   type    counter | sum | last_value | summary | distribution
 *   name    event name and measurement: libc.socket.connect.stop.duration
 *   option  event=NAME            default: all but the last segment of name;
 *           event=[NAME, ...]     '*' in a NAME is any number of characters;
 *                                 -NAME leaves out what globs before it chose
 *           span=NAME or [...]    the stop and exception events of these spans
 *           measurement=KEY       default: the last segment of name
 *           tags=[KEY, ...]       `span` and `event_name` always exist
 *           unit=UNIT | FROM:TO   native nanosecond microsecond millisecond
 *                                 second minute hour byte kilobyte megabyte
 *                                 kibibyte mebibyte gibibyte percent, or a
 *                                 UCUM label as {row}
 *           buckets=[NUMBER, ...] distribution only, upper bounds, inclusive,
 *                                 strictly increasing, in the unit of the
 *                                 result; also linear(start,step,count) and
 *                                 exponential(start,factor,count), rounded to
 *                                 15 digits; default: OpenTelemetry's, for
 *                                 seconds 5 ms to 10 s
 *           description="text"
 *           max_series=N
 *           expire=MILLISECONDS   a series in which nothing was recorded for
 *                                 so long is taken out; the default is
 *                                 TELEMETRY_EXPIRE, for all but up_down sums
 *           up_down=true          sum only: it may fall
 *           keep=[CONDITION, ...] only events for which all of them hold
 *           drop=[CONDITION, ...] all but these; not together with keep
 *           tag_values=[TAG=VALUE, ...]
 *                                 where a tag is from if not from the key of
 *                                 its name; what is not in tags has no effect
 *           missing=skip | TEXT   an event without one of the tags is skipped,
 *                                 or that tag is this text; default: ""
 *
 *   VALUE   KEY                   the value of another key
 *           "text"                always this text
 *           replace(KEY, "pattern", "replacement")
 *                                 the first match of a regular expression
 *                                 (metric/regex.h) replaced; $0 is the match,
 *                                 $1 to $9 are its groups, $$ is a dollar
 *           match(KEY, "pattern", "replacement")
 *                                 the replacement alone; missing without match
 *           template(KEY, "template", ... [, auto])
 *                                 the first of these templates of paths
 *                                 (metric/template.h) that matches; if none
 *                                 does, missing, or with auto the path with its
 *                                 numbers as :n, UUIDs :uuid and hex ids :hex
 *           In quotes \" is a quote and \\ a backslash; in front of any other
 *           character a backslash is itself.  Of a value 1024 bytes are looked
 *           at, and 255 kept.
 *
 *   CONDITION is KEY OPERATOR VALUE.  KEY is a key of the metadata, or else of
 *   the measurements; `span`, `event_name` and `error.type` mean the same as in
 *   tags, and so do what is missing and TELEMETRY_NULL: "".  VALUE is a word, a
 *   number or a text in quotes.
 *     = !=       equal as numbers, if both are (quotes make it a text), else
 *                as texts
 *     < <= > >=  as numbers; does not hold for what is none, or missing
 *     ~ !~       as a text like this glob
 *   Numbers are compared as the event carries them, before any conversion:
 *   durations in nanoseconds, integers exactly.  What is not kept is in no
 *   number, not in those of telemetry.dropped either.
 *
 * Examples:
 *
 *   counter(slow_queries, event=db.query.stop, keep=[duration >= 200000000,
 *           db.query.text ~ "SELECT *"], tags=[db.query.summary])
 *   sum(lan.bytes, event=libc.socket.send.stop, measurement=bytes,
 *       unit=byte:mebibyte, drop=[network.peer.address !~ 10.*])
 *   counter(failures, event=*.exception, tags=[call, why, stage],
 *           tag_values=[call=span, why=error.type, stage="test"])
 *   counter(http.requests, event=http.stop, tags=[route], missing=other,
 *           tag_values=[route=template(path, "/users/:id", "/item/:n")])
 *   distribution(shop.order.total, buckets=exponential(1, 10, 6))
 *
 * What is recorded, and what is counted instead:
 *
 * - A counter counts each event.  Every other type needs its measurement, a
 *   number (a bool is 0 or 1).  One that is no number, a NaN or an infinity is
 *   skipped and counted (DROP_VALUE).  One that is missing is skipped; that is
 *   counted for events of the program which the definition names (not by a
 *   glob), exceptions aside: wrappers carry what is known, and no more.
 * - Sums are exact as long as integers are added up and fit into 64 bits, then
 *   as good as a double.  Beyond what a double holds they stay at the largest
 *   one (DROP_VALUE).
 * - A negative value for a sum that may not fall is skipped (DROP_NEGATIVE).
 * - A tag that is missing, TELEMETRY_NULL or "" is what `missing` says.  One
 *   that is missing is counted (DROP_TAG) for events of the program, unless its
 *   key is error.type or one of db.*, network.*, server.*, which often have
 *   nothing to say.  So is a transform that comes to nothing, and every event
 *   that is skipped.
 * - error.type of an exception without such a field is its reason.
 * - A tag set beyond max_series is added to the metric's overflow series, with
 *   all tags "" and otel.metric.overflow="true" (DROP_SERIES, and for each
 *   metric in telemetry.overflowed).
 * - A series that has expired is in no snapshot from then on, also of a process
 *   that is idle, and makes room for another one; the overflow series never
 *   expires.  If its tags come again it begins anew: counters at 0.
 */
#ifndef SHIM_METRIC_METRIC_H
#define SHIM_METRIC_METRIC_H

#include "base/compiler.h"
#include "event/event.h"
#include "telemetry/metrics.h"

#define METRIC_TAGS_MAX TELEMETRY_TAGS_MAX
#define METRIC_BUCKETS_MAX 64
#define METRIC_CONDITIONS_MAX 4
#define METRIC_TEXT_MAX 127 /* bytes of a text in a condition or tag value */
#define METRIC_EXPIRE_MAX 2592000000u /* milliseconds: 30 days */
#define METRIC_SERIES_MAX 2000 /* default cap per metric, then overflow */

enum metric_type {
	METRIC_COUNTER = 1,
	METRIC_SUM,
	METRIC_LAST_VALUE,
	METRIC_SUMMARY,
	METRIC_DISTRIBUTION,
};

enum metric_relation {
	METRIC_EQUAL = 1,
	METRIC_UNEQUAL,
	METRIC_LESS,
	METRIC_AT_MOST,
	METRIC_MORE,
	METRIC_AT_LEAST,
	METRIC_LIKE, /* glob */
	METRIC_UNLIKE,
};

/* Of keep and drop: `key relation value`. */
struct metric_condition {
	const struct symbol *key;
	const struct symbol *text; /* the value as it is written; NULL: "" */
	union {			   /* and as the number that it is */
		double real;
		int64_t integer;
	} as;
	uint32_t relation; /* enum metric_relation */
	bool is_real, is_integer;
};

/* Of tag_values: where a tag has its value from. */
struct metric_source {
	const struct symbol *tag;
	const struct symbol *from;	/* key, or the text itself; NULL: "" */
	const struct symbol *transform; /* metric/transform.h; NULL: none */
};

/* What becomes of an event without one of the tags. */
enum metric_missing {
	METRIC_MISSING_UNSAID, /* the tag is "" */
	METRIC_MISSING_TEXT,
	METRIC_MISSING_SKIP,
};

struct metric_definition {
	enum metric_type type;
	char name[TELEMETRY_NAME_MAX + 1]; /* as reporters show it */
	char events[512];     /* names or globs, comma between them */
	bool of_spans;	      /* `events` are names of spans */
	char measurement[64]; /* "" for a counter */
	const struct symbol *tags[METRIC_TAGS_MAX];
	uint32_t tag_count;
	struct metric_source sources[METRIC_TAGS_MAX];
	uint32_t source_count;
	uint32_t constants;		   /* bit per source: it is a text */
	uint32_t missing;		   /* enum metric_missing */
	const struct symbol *missing_text; /* NULL: "" */
	struct metric_condition conditions[METRIC_CONDITIONS_MAX];
	uint32_t condition_count;
	bool drops; /* what the conditions hold for, instead of the rest */
	uint32_t max_series;
	uint64_t expire_ms; /* 0: as metric_set_expire() says */
	/* value in the unit of the result = raw * numerator / denominator */
	uint64_t numerator, denominator;
	char unit[32]; /* UCUM label of the result: "s", "By", "{row}", "" */
	char description[128];
	double buckets[METRIC_BUCKETS_MAX];
	uint32_t bucket_count;
	bool up_down; /* a sum that may fall: shown as a gauge */
};

/* The functions of a definition that was made by the program; NULL: none. */
struct metric_calls {
	telemetry_measure measure;
	telemetry_choice keep, drop;
	telemetry_tag_function tag_set, tag_values;
	void *config;
	void (*destroy)(void *config);
};

/* Parses one text of definitions; calls `add` for each good one.  For each bad
 * one logs a line with `origin` (the variable), the offending text and what
 * was expected, and goes on with the next.  Returns how many were bad. */
int metric_parse(const char *origin, const char *text,
		 void (*add)(const struct metric_definition *definition,
			     void *arg),
		 void *arg);

/* A text of definitions that need not be the value of a variable. */
struct metric_text {
	const char *origin; /* variable or file */
	unsigned int line;  /* of the file, where the text begins; 0: none */
	const char *text;
	bool single;	     /* one definition: a ';' does not end it */
	const char *missing; /* for what has no option `missing`; NULL: "" */
};

/* The same as metric_parse(); lines are those of the file, counted by the
 * newlines in the text, and each option that is wrong is said. */
int metric_parse_text(const struct metric_text *text,
		      void (*add)(const struct metric_definition *definition,
				  void *arg),
		      void *arg);

/* Attaches to its events, those still to come included.  -EEXIST: another
 * definition of that name; the caller says so, with the origin.  The very same
 * definition again is 0, and nothing new.  Under the guard. */
int metric_add(const struct metric_definition *definition);

/* The same with functions; -EEXIST even for the very same.  Logs nothing but
 * what events it cannot listen to. */
int metric_define(const struct metric_definition *definition,
		  const struct metric_calls *calls);
/* Takes it off its events and out of snapshots.  -ENOENT, -EAGAIN.  Under the
 * guard. */
int metric_delete(const char *name);

/* Milliseconds for definitions that say nothing, 0 for never; before any. */
void metric_set_expire(uint64_t ms);
/* metric_text.missing of definitions that the program makes; kept. */
void metric_set_missing(const char *missing);

/* The standard set, as text in the same grammar (metric/standard.c). */
extern const char metric_standard_definitions[];

void metric_after_fork(void);

#endif
