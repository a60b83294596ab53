/*
 * measure.c - the table of what can be polled, and the events that it makes.
 *
 * How a number is read is measure_process.c's, measure_cgroup.c's and
 * measure_os.c's.
 */
#include "runtime/measure.h"

#include "base/proc.h"

#include <string.h>

static const struct measure measures[] = {
	{ "process.memory", MEASURE_PROCESS, false, measure_read_memory },
	{ "process.cpu", MEASURE_PROCESS, false, measure_read_cpu },
	{ "process.heap", MEASURE_PROCESS, true, measure_read_heap },
	{ "process.counts", MEASURE_PROCESS, false, measure_read_counts },
	{ "process.run_queue", MEASURE_PROCESS, false, measure_read_run_queue },
	{ "process.sockets", MEASURE_PROCESS, false, measure_read_sockets },
	{ "process.io", MEASURE_PROCESS, false, measure_read_io },
	{ "cgroup.cpu", MEASURE_CGROUP, false, measure_read_cgroup_cpu },
	{ "cgroup.memory", MEASURE_CGROUP, false, measure_read_cgroup_memory },
	{ "os.load", MEASURE_SYSTEM, false, measure_read_os_load },
	{ "os.memory", MEASURE_SYSTEM, false, measure_read_os_memory },
	{ "os.psi", MEASURE_SYSTEM, false, measure_read_os_psi },
};

const struct measure *measure_at(size_t i)
{
	return i < ARRAY_SIZE(measures) ? &measures[i] : NULL;
}

const struct measure *measure_find(const char *event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(measures); i++)
		if (strcmp(measures[i].event, event) == 0)
			return &measures[i];
	return NULL;
}

const char *measure_names(void)
{
	return "process.memory, .cpu, .heap, .counts, .run_queue, .sockets or "
	       ".io, cgroup.cpu or .memory, os.load, .memory or .psi";
}

/* ---- numbers ------------------------------------------------------------- */

void measured_add(struct measured *to, const char *key, uint64_t value)
{
	if (to->count < MEASURED_MAX)
		to->fields[to->count++] = telemetry_u64(key, value);
}

void measured_add_real(struct measured *to, const char *key, double value)
{
	if (to->count < MEASURED_MAX)
		to->fields[to->count++] = telemetry_f64(key, value);
}

void measured_find(struct measured *to, const char *key, const char *text,
		   const char *name, uint64_t unit)
{
	uint64_t value;

	if (proc_find(text, name, &value) &&
	    !__builtin_mul_overflow(value, unit, &value))
		measured_add(to, key, value);
}

/* ---- events -------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

static size_t describe(const struct measure *measure,
		       const struct measure_target *target,
		       struct telemetry_field *metadata)
{
	if (measure->scope == MEASURE_SYSTEM)
		return 0;
	if (measure->scope == MEASURE_CGROUP) {
		metadata[0] = telemetry_str("cgroup", target->cgroup);
		return 1;
	}
	metadata[0] = telemetry_u64("process.pid", target->pid);
	metadata[1] = telemetry_str("process.executable.name",
				    base_name(target->executable));
	metadata[2] = telemetry_str("service.name",
				    target->service ? target->service : "");
	return 3;
}

void measure_take(const struct measure *measure,
		  const struct measure_target *target, measure_emit emit)
{
	struct measured numbers = { .count = 0 };
	struct telemetry_field metadata[3];
	size_t count;

	measure->read(target, &numbers);
	if (numbers.count == 0) {
		segment_drop(DROP_FIGURE, 1);
		return;
	}
	count = describe(measure, target, metadata);
	emit(measure->event, numbers.fields, numbers.count, metadata, count);
}

/* ---- the heap ------------------------------------------------------------ */

static void add_block(struct heap_block *sum, const struct heap_block *block)
{
	/* Every member is a 64-bit number to be added up. */
	uint64_t *to = (uint64_t *)(void *)sum;
	const uint64_t *from = (const uint64_t *)(const void *)block;
	size_t i;

	for (i = 0; i < sizeof(*block) / sizeof(*to); i++)
		to[i] += from[i];
}

bool measure_heap(const struct segment_image *image, struct heap_block *sum)
{
	const struct segment_block *block = NULL;
	bool found = false;

	memset(sum, 0, sizeof(*sum));
	while ((block = segment_next(image, block)) != NULL) {
		if (block->kind != SEGMENT_HEAP ||
		    segment_block_space(block) < sizeof(*sum))
			continue;
		add_block(sum, segment_block_body(block));
		found = true;
	}
	return found;
}
