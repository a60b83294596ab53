/*
 * trace.c - which spans belong together.
 *
 * Knows nothing of traces between processes.
 */
#include "common/trace.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u ^ b;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

bool trace_of(struct trace *trace, const struct telemetry_process *process,
	      const struct telemetry_record *record, uint64_t id[2])
{
	uint64_t thread =
		mix(mix(process->started, process->pid), record->thread);
	size_t slot = thread % TRACE_THREADS;
	bool is_span = record->kind != TELEMETRY_RECORD_EVENT;

	if (trace->open[slot].thread != thread) {
		trace->open[slot].thread = thread;
		trace->open[slot].seed = 0;
	}
	/* Outside of any: what was open has ended, and its end was lost. */
	if (!is_span && !record->parent_span_id) {
		trace->open[slot].seed = 0;
		return false;
	}
	if (!trace->open[slot].seed)
		trace->open[slot].seed = mix(record->span_id, record->time) | 1;
	id[0] = mix(thread, trace->open[slot].seed);
	id[1] = mix(trace->open[slot].seed, thread) | 1; /* not all zeros */
	if (is_span && !record->parent_span_id)
		trace->open[slot].seed = 0;
	return true;
}
