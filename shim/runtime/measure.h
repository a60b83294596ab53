/*
 * measure.h - what can be polled of a process, its control group and the
 * machine, as events with numbers.
 *
 * What the kernel does not tell is left out; where that is all, there is no
 * event, and DROP_FIGURE is counted.
 */
#ifndef SHIM_RUNTIME_MEASURE_H
#define SHIM_RUNTIME_MEASURE_H

#include "base/compiler.h"
#include "base/heap_block.h"
#include "base/segment.h"
#include "telemetry/telemetry.h"

#define MEASURED_MAX 16 /* numbers of one event */

enum measure_scope {
	MEASURE_PROCESS, /* each process is asked */
	MEASURE_CGROUP,	 /* each control group */
	MEASURE_SYSTEM,	 /* once */
};

/* Of whom; texts are terminated. */
struct measure_target {
	uint32_t pid;
	const char *executable, *service;
	const struct heap_block *heap; /* NULL: not known */
	char cgroup[512];	       /* measure_cgroup(); "" if unknown */
};

struct measured {
	struct telemetry_field fields[MEASURED_MAX];
	size_t count;
};

struct measure {
	const char *event;
	enum measure_scope scope;
	bool needs_heap;
	void (*read)(const struct measure_target *target, struct measured *to);
};

const struct measure *measure_at(size_t i); /* NULL past the last */
const struct measure *measure_find(const char *event);
/* All of them, for a message. */
const char *measure_names(void);

typedef void (*measure_emit)(const char *event,
			     const struct telemetry_field *measurements,
			     size_t measurement_count,
			     const struct telemetry_field *metadata,
			     size_t metadata_count);

void measure_take(const struct measure *measure,
		  const struct measure_target *target, measure_emit emit);

/* The control group of target->pid, in the hierarchy that counts memory. */
void measure_cgroup(struct measure_target *target);
/* The heap blocks of an image, added up; false: there are none. */
bool measure_heap(const struct segment_image *image, struct heap_block *sum);

/* For measure_*.c. */
void measured_add(struct measured *to, const char *key, uint64_t value);
void measured_add_real(struct measured *to, const char *key, double value);
/* The number behind `name` in a text of lines, times `unit`. */
void measured_find(struct measured *to, const char *key, const char *text,
		   const char *name, uint64_t unit);

void measure_read_memory(const struct measure_target *, struct measured *);
void measure_read_cpu(const struct measure_target *, struct measured *);
void measure_read_heap(const struct measure_target *, struct measured *);
void measure_read_counts(const struct measure_target *, struct measured *);
void measure_read_run_queue(const struct measure_target *, struct measured *);
void measure_read_sockets(const struct measure_target *, struct measured *);
void measure_read_io(const struct measure_target *, struct measured *);
void measure_read_cgroup_cpu(const struct measure_target *, struct measured *);
void measure_read_cgroup_memory(const struct measure_target *,
				struct measured *);
void measure_read_os_load(const struct measure_target *, struct measured *);
void measure_read_os_memory(const struct measure_target *, struct measured *);
void measure_read_os_psi(const struct measure_target *, struct measured *);

#endif
