/*
 * exposition.h - families of samples in the two text formats.
 */
#ifndef REPORTERS_PROMETHEUS_EXPOSITION_H
#define REPORTERS_PROMETHEUS_EXPOSITION_H

#include "prometheus/claims.h"
#include "prometheus/labels.h"

enum format {
	FORMAT_TEXT,	   /* 0.0.4 */
	FORMAT_OPENMETRICS /* 1.0.0 */
};

/* What is written about a metric, or made up for one. */
struct family {
	const char *name; /* without _total or _info */
	const char *unit; /* at the end of the name; "" */
	const char *help;
	enum family_type type;
	bool adds;	 /* a gauge: the same series twice is their sum */
	bool no_process; /* its samples belong to none */
	bool goes_on;	 /* its head is there already */
	const double *bounds;
	size_t bound_count;
	const struct telemetry_sample *samples;
	size_t sample_count;
};

/* One answer; the workspace is kept from family to family. */
struct exposition {
	struct text out;
	enum format format;
	bool process_labels;
	const struct telemetry_process *processes;
	size_t process_count;
	uint64_t invalid; /* samples that no counter can have: left out */

	struct labels labels;
	struct text keys; /* the labels of all series of a family */
	struct series *series;
	size_t series_size;
	uint64_t *buckets; /* of one series, added up */
	const struct telemetry_exemplar **exemplars;
	size_t bucket_size;
};

void exposition_put(struct exposition *e, const struct family *family);
/* The end of the text; false: no memory. */
bool exposition_end(struct exposition *e);
/* All but `out`. */
void exposition_free(struct exposition *e);

/* The file's name of an executable. */
const char *exposition_program(const struct telemetry_process *process);

#endif
