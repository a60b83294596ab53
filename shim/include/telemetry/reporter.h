/*
 * <telemetry/reporter.h> - the interface between the shim and a reporter.
 *
 * A reporter is a shared object with one exported symbol, `telemetry_reporter`,
 * made by TELEMETRY_REPORTER().  It has no undefined symbols of the shim: what
 * it may use is handed over in struct telemetry_host.  reporters/example.c is
 * the one to copy.
 *
 * A reporter runs in one process per group only, on a thread of the shim with
 * all signals blocked (or in telemetry-host), one call at a time.  It may
 * block up to the time limit it is given, allocate, and use any library whose
 * symbols it does not need from the host.  It is never unloaded; it must not
 * use atexit, pthread_atfork or thread-specific keys.
 *
 * Samples and spans are finished: names, units, tags, buckets and limits are
 * already applied.  Everything passed in is borrowed for the call.
 *
 * Both structures are versioned by size: new members are appended, a member
 * beyond the other side's struct_size does not exist, NULL is "not offered".
 */
#ifndef TELEMETRY_REPORTER_H
#define TELEMETRY_REPORTER_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when an element of an array does; the two sides have to agree. */
#define TELEMETRY_REPORTER_ABI 2

/* ---- metrics ---------------------------------------------------------- */

enum telemetry_metric_type {
	TELEMETRY_COUNTER = 1,	   /* count */
	TELEMETRY_SUM = 2,	   /* value; monotonic unless up_down */
	TELEMETRY_LAST_VALUE = 3,  /* value, time */
	TELEMETRY_SUMMARY = 4,	   /* count, sum, min, max, quantiles */
	TELEMETRY_DISTRIBUTION = 5 /* count, sum, min, max, buckets */
};

struct telemetry_tag {
	const char *key;
	const char *value; /* any bytes but NUL; terminated */
};

/* One of the values behind a sample, and the span that it was measured in. */
struct telemetry_exemplar {
	double value;
	uint64_t time; /* ns since the epoch */
	uint64_t span_id;
};

struct telemetry_sample {
	const struct telemetry_tag *tags; /* in the order of the definition */
	size_t tag_count;
	uint64_t count;	 /* of values that were recorded */
	double value;	 /* sum, last value, or the count of a counter */
	double min, max; /* summary and distribution with count > 0 */
	uint64_t time;	 /* of the last value: ns since the epoch, or 0 */
	/* Distribution: bucket_count + 1 numbers, not cumulative, the last one
	 * above the last bound.  Their sum is count. */
	const uint64_t *buckets;
	/* Summary: values at 0.5, 0.9, 0.95, 0.99, within 3.2 % of the exact
	 * ones. */
	double quantiles[4];
	uint32_t process; /* index into telemetry_snapshot.processes */
	/* Distribution only; none is an empty array. */
	const struct telemetry_exemplar *exemplars;
	size_t exemplar_count;
};

struct telemetry_metric {
	uint32_t struct_size;
	uint32_t type;		 /* enum telemetry_metric_type */
	const char *name;	 /* dotted */
	const char *unit;	 /* UCUM: "s", "By", "{row}", "" */
	const char *description; /* "" if none */
	int up_down;		 /* a sum that may fall */
	const double *bounds;	 /* upper, inclusive, in `unit` */
	size_t bound_count;
	const struct telemetry_sample *samples;
	size_t sample_count;
};

/* Processes of one executable and service name; dead ones included. */
struct telemetry_process {
	uint32_t struct_size;
	uint32_t pid;		/* of one of them */
	uint32_t count;		/* how many processes are added up here */
	uint32_t live;		/* how many of them run */
	const char *executable; /* path */
	const char *service;	/* service.name */
	uint64_t started;	/* ns since the epoch, the earliest */
	/* Of the resource, beside service.name: OTEL_RESOURCE_ATTRIBUTES of the
	 * process that `pid` names. */
	const struct telemetry_tag *attributes;
	size_t attribute_count;
};

struct telemetry_snapshot {
	uint32_t struct_size;
	uint32_t partial; /* 1: something could not be read; drops say what */
	uint64_t time;	  /* ns since the epoch */
	const struct telemetry_metric *metrics; /* in the order of definition */
	size_t metric_count;
	const struct telemetry_process *processes;
	size_t process_count;
	/* Not 0: an earlier exporter has reported for this group, so what is
	 * counted here has been seen in part.  Who sends differences takes its
	 * first snapshot for what was sent before; and any later one with
	 * another number here than the one before: telemetry-host --all has
	 * taken groups over from their exporters. */
	uint32_t continues;
	/* New members below this line only. */
};

/* ---- spans and events ------------------------------------------------- */

enum telemetry_record_kind {
	TELEMETRY_RECORD_EVENT = 1,    /* a single event */
	TELEMETRY_RECORD_STOP = 2,     /* a span that stopped */
	TELEMETRY_RECORD_EXCEPTION = 3 /* a span that failed */
};

enum telemetry_attribute_type {
	TELEMETRY_ATTRIBUTE_STRING = 1,
	TELEMETRY_ATTRIBUTE_INT = 2,
	TELEMETRY_ATTRIBUTE_DOUBLE = 3,
	TELEMETRY_ATTRIBUTE_BOOL = 4
};

struct telemetry_attribute {
	const char *key;
	uint32_t type;		 /* enum telemetry_attribute_type */
	uint32_t is_measurement; /* else metadata */
	const char *string;	 /* terminated; STRING only */
	int64_t integer;	 /* INT, BOOL */
	double number;		 /* DOUBLE; and beyond INT64_MAX */
};

struct telemetry_record {
	uint32_t struct_size;
	uint32_t kind;	    /* enum telemetry_record_kind */
	const char *name;   /* of the span, or of the event */
	uint64_t time;	    /* start of the span or event, ns since the epoch */
	uint64_t monotonic; /* the same on CLOCK_MONOTONIC */
	uint64_t duration;  /* ns; 0 for a single event */
	uint64_t span_id, parent_span_id; /* 0: none */
	uint32_t process;		  /* index into the batch's processes */
	uint32_t thread;		  /* kernel's thread id */
	const char *failure_kind; /* exception: "errno", "db", ...; else NULL */
	const char *failure_reason; /* "ECONNREFUSED", an SQLSTATE, ... */
	const struct telemetry_attribute *attributes;
	size_t attribute_count;
	int truncated; /* attributes were left out for lack of room */
};

struct telemetry_batch {
	uint32_t struct_size;
	uint32_t reserved;
	const struct telemetry_record *records; /* in order of time of end */
	size_t record_count;
	const struct telemetry_process *processes;
	size_t process_count;
	uint64_t lost; /* overwritten before they were read, since the last */
};

/* ---- the two sides ---------------------------------------------------- */

/*
 * Functions of the shim, for a reporter; first argument is `context`.
 * Owns:    nothing; text is borrowed for the call, a snapshot is the shim's
 *          until `serve` returns.
 * Threads: the one that calls the reporter, during such a call.
 * From:    functions of struct telemetry_reporter; not constructors, not
 *          signal handlers, not threads of a reporter's own. The shim never
 *          calls them from a handler.
 * Units:   nanoseconds of CLOCK_MONOTONIC (monotonic_ns).
 * Errors:  NULL of snapshot, see there; the others have none.
 */
struct telemetry_host {
	uint32_t struct_size;
	uint32_t abi;
	void *context; /* first argument of the functions below */
	/* level: 0 error, 1 warn, 2 info, 3 debug.  One line, without "\n". */
	void (*log)(void *context, int level, const char *text);
	uint64_t (*monotonic_ns)(void *context);
	/* A fresh look at the whole group, for a reporter that is asked (a
	 * scrape).  In `serve` only, and valid until `serve` returns; a second
	 * call there gives the same one.  NULL: it cannot be had, no memory. */
	const struct telemetry_snapshot *(*snapshot)(void *context);
	/* New members below this line only. */
};

/*
 * Functions of a reporter, for the shim; NULL is not offered.
 * Owns:    what open() puts into *self, until close() has freed it; all that
 *          is passed in is borrowed for the call.
 * Threads: called by one, never two at once.
 * From:    a thread of the shim, or telemetry-host: no handler, constructor
 *          or signal handler.
 * Units:   milliseconds: timeout_ms, interval; nanoseconds in what is
 *          reported.
 * Errors:  0 or -errno, where nothing else is said; the log has a line.
 */
struct telemetry_reporter {
	/* Set by TELEMETRY_REPORTER(). */
	uint32_t struct_size;
	uint32_t abi;

	const char *name; /* "console" */
	/* One line per option: "OPTION  meaning (default)". */
	const char *help;
	/* Metric definitions that this reporter wants beside those configured,
	 * in the grammar of TELEMETRY_METRICS; NULL: none.  Needed only while
	 * the standard set does not have them. */
	const char *metrics;

	/* Makes *self.  No I/O that can block.  0 or -errno: not used. */
	int (*open)(const struct telemetry_host *host, void **self);
	/* TELEMETRY_<NAME>_<KEY>=value: key in lower case ("port").  0;
	 * -ENOENT: no such option; -EINVAL with *expected set to what would be
	 * right ("a number from 1 to 65535"). */
	int (*configure)(void *self, const char *key, const char *value,
			 const char **expected);
	/* After all options, before the first report.  0 or -errno: not used;
	 * it has logged why. */
	int (*start)(void *self);
	/* Spans and events since the last call.  -EOPNOTSUPP: it wants none,
	 * as it is configured, and is not called again; so that it need not
	 * wait for the first, it is asked with an empty batch after start. */
	int (*records)(void *self, const struct telemetry_batch *batch,
		       int timeout_ms);
	/* Called at the reporter's interval, and a last time before close with
	 * final set.  For reporters that push. */
	int (*report)(void *self, const struct telemetry_snapshot *snapshot,
		      int final, int timeout_ms);
	/* ms between reports; 0: only the last.  NULL is 0. */
	int (*interval)(void *self);
	void (*close)(void *self);
	/*
	 * For reporters that listen, or wait for somebody to take what they
	 * send.  `wait` writes at most `max` descriptors and the events that it
	 * waits for, and returns how many; it lowers *timeout_ms (-1: never) to
	 * when it wants to be called anyway.  `serve` is called when one of
	 * them is ready or that time has come, with the same array and revents
	 * set; it must not block.
	 */
	int (*wait)(void *self, struct pollfd *fds, int max, int *timeout_ms);
	void (*serve)(void *self, const struct pollfd *fds, int count);
	/* New members below this line only. */
};

#define TELEMETRY_REPORTER(...)                                                \
	extern const struct telemetry_reporter telemetry_reporter;             \
	__attribute__((visibility("default")))                                 \
	const struct telemetry_reporter telemetry_reporter = {                 \
		.struct_size = sizeof(struct telemetry_reporter),              \
		.abi = TELEMETRY_REPORTER_ABI,                                 \
		__VA_ARGS__                                                    \
	}

#ifdef __cplusplus
}
#endif

#endif
