/*
 * scrape.h - one answer to a scrape: what the snapshot holds, what it is about,
 * and what the reporter knows of itself.
 */
#ifndef REPORTERS_PROMETHEUS_SCRAPE_H
#define REPORTERS_PROMETHEUS_SCRAPE_H

#include "common/http.h"
#include "prometheus/exposition.h"

struct scrape_options {
	bool process_labels; /* service_name, process_executable_name */
	bool process_names;  /* process_cpu_seconds_total and its like */
	bool target_info;
	bool self; /* telemetry_prometheus_... */
};

/* Since the reporter was opened. */
struct scrape_counts {
	uint64_t scrapes[2]; /* by format */
	uint64_t finished;
	double seconds;	   /* spent on those */
	uint64_t failures; /* there was no snapshot */
};

struct scrape {
	struct scrape_options options;
	const struct telemetry_host *host;
	const struct telemetry_snapshot *snapshot;
	const struct http_counts *http;
	struct scrape_counts counts;
	struct text complained; /* metrics whose names are taken, said once */
};

/* The text, or none: `failed` is set. */
struct text scrape_make(struct scrape *scrape, enum format format);

#endif
