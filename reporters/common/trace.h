/*
 * trace.h - which spans belong together.
 *
 * Spans of a thread nest, and records come in the order in which they ended:
 * all up to the end of the outermost one are one trace.
 */
#ifndef REPORTERS_COMMON_TRACE_H
#define REPORTERS_COMMON_TRACE_H

#include <stdbool.h>
#include <telemetry/reporter.h>

#define TRACE_THREADS 512

/* What is open in a thread; zeroed at first.  Where threads collide the older
 * one's trace falls apart in two. */
struct trace {
	struct {
		uint64_t thread; /* hash of it and its process */
		uint64_t seed;	 /* of the open trace; 0: none */
	} open[TRACE_THREADS];
};

/* The id of the trace of a record, two words; false if it is in none: a single
 * event outside of any span.  Asked once for each record, in their order. */
bool trace_of(struct trace *trace, const struct telemetry_process *process,
	      const struct telemetry_record *record, uint64_t id[2]);

#endif
