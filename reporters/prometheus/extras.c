/*
 * extras.c - families that are no metric of the snapshot: target_info,
 * process_* by the names of Prometheus' client libraries, and the reporter's
 * own numbers.
 */
#include "prometheus/extras.h"

#include <stdlib.h>
#include <string.h>

#define SELF "the reporter itself"

static const struct {
	const char *name, *unit, *help;
	enum family_type type;
} own[] = {
	{ "telemetry_prometheus_scrapes", "", "Scrapes answered",
	  FAMILY_COUNTER },
	{ "telemetry_prometheus_scrape_duration_seconds", "seconds",
	  "Time to make the answers", FAMILY_SUMMARY },
	{ "telemetry_prometheus_sent_bytes", "bytes", "Bytes of answers",
	  FAMILY_COUNTER },
	{ "telemetry_prometheus_errors", "", "Requests without an answer",
	  FAMILY_COUNTER },
	{ "telemetry_prometheus_hidden", "",
	  "What this answer leaves out: metrics whose name is taken, samples "
	  "of counters that are negative",
	  FAMILY_GAUGE },
	{ "telemetry_prometheus_partial", "",
	  "1 if a process could not be read for this answer", FAMILY_GAUGE },
};

enum own_family { SCRAPES, DURATION, SENT, ERRORS, HIDDEN, PARTIAL };

bool extras_claim(const struct scrape *scrape, struct claims *claims)
{
	size_t i;

	if (scrape->options.target_info &&
	    claims_take(claims, "target", FAMILY_INFO, SELF))
		return false;
	for (i = 0; scrape->options.self && i < sizeof(own) / sizeof(own[0]);
	     i++)
		if (claims_take(claims, own[i].name, own[i].type, SELF))
			return false;
	return true;
}

/* ---- target_info --------------------------------------------------------- */

/* Programs that have the same labels elsewhere are one target here. */
static bool is_first(const struct telemetry_snapshot *s, size_t index)
{
	const struct telemetry_process *p = &s->processes[index];
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(s->processes[i].service, p->service) &&
		    !strcmp(exposition_program(&s->processes[i]),
			    exposition_program(p)))
			return false;
	return true;
}

static size_t tag_target(struct telemetry_tag *tags,
			 const struct telemetry_process *process)
{
	size_t count = 0, i;

	tags[count++] = (struct telemetry_tag){ "process.executable.path",
						process->executable };
	for (i = 0; i < process->attribute_count; i++)
		tags[count++] = process->attributes[i];
	return count;
}

void extras_put_targets(const struct scrape *scrape, struct exposition *e)
{
	const struct telemetry_snapshot *s = scrape->snapshot;
	struct telemetry_sample *samples;
	struct telemetry_tag *tags;
	size_t total = 0, count = 0, i;

	for (i = 0; i < s->process_count; i++)
		total += s->processes[i].attribute_count + 1;
	samples = calloc(s->process_count + 1, sizeof(*samples));
	tags = calloc(total + 1, sizeof(*tags));
	e->out.failed |= !samples || !tags;
	total = 0;
	for (i = 0; i < s->process_count && !e->out.failed; i++) {
		if (!is_first(s, i))
			continue;
		samples[count] = (struct telemetry_sample){
			.tags = tags + total,
			.tag_count = tag_target(tags + total, &s->processes[i]),
			.value = 1,
			.process = (uint32_t)i,
		};
		total += samples[count++].tag_count;
	}
	if (!e->out.failed)
		exposition_put(e, &(struct family){
					  .name = "target",
					  .unit = "",
					  .help = "The programs",
					  .type = FAMILY_INFO,
					  .samples = samples,
					  .sample_count = count,
				  });
	free(samples);
	free(tags);
}

/* ---- process_* ----------------------------------------------------------- */

static const struct {
	const char *metric, *name, *unit, *help;
	enum family_type type;
} classic[] = {
	{ "process.cpu.time", "process_cpu_seconds", "seconds",
	  "Total user and system CPU time spent in seconds", FAMILY_COUNTER },
	{ "process.memory.usage", "process_resident_memory_bytes", "bytes",
	  "Resident memory size in bytes", FAMILY_GAUGE },
	{ "process.memory.virtual", "process_virtual_memory_bytes", "bytes",
	  "Virtual memory size in bytes", FAMILY_GAUGE },
	{ "process.unix.file_descriptor.count", "process_open_fds", "",
	  "Number of open file descriptors", FAMILY_GAUGE },
	{ "process.thread.count", "process_threads", "", "Number of threads",
	  FAMILY_GAUGE },
};

static const struct telemetry_metric *
find_metric(const struct telemetry_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->metric_count; i++)
		if (!strcmp(s->metrics[i].name, name))
			return &s->metrics[i];
	return NULL;
}

/* The samples of all its tags, added up. */
static void put_classic(struct exposition *e, const struct telemetry_metric *m,
			size_t index)
{
	struct telemetry_sample *samples =
		calloc(m->sample_count + 1, sizeof(*samples));
	size_t i;

	e->out.failed |= !samples;
	for (i = 0; samples && i < m->sample_count; i++) {
		samples[i] = m->samples[i];
		samples[i].tag_count = 0;
	}
	if (samples)
		exposition_put(e, &(struct family){
					  .name = classic[index].name,
					  .unit = classic[index].unit,
					  .help = classic[index].help,
					  .type = classic[index].type,
					  .adds = true,
					  .samples = samples,
					  .sample_count = m->sample_count,
				  });
	free(samples);
}

/* Those that run; without process labels, the newest. */
static void put_started(const struct scrape *scrape, struct exposition *e)
{
	const struct telemetry_snapshot *s = scrape->snapshot;
	struct telemetry_sample *samples =
		calloc(s->process_count + 1, sizeof(*samples));
	size_t count = 0, i;

	e->out.failed |= !samples;
	for (i = 0; samples && i < s->process_count; i++)
		if (s->processes[i].live)
			samples[count++] = (struct telemetry_sample){
				.value = (double)s->processes[i].started / 1e9,
				.time = s->processes[i].started,
				.process = (uint32_t)i,
			};
	if (samples)
		exposition_put(e, &(struct family){
					  .name = "process_start_time_seconds",
					  .unit = "seconds",
					  .help = "Start time of the process "
						  "since unix epoch in seconds",
					  .type = FAMILY_GAUGE,
					  .samples = samples,
					  .sample_count = count,
				  });
	free(samples);
}

void extras_put_process(const struct scrape *scrape, struct exposition *e,
			struct claims *claims)
{
	size_t i;

	for (i = 0; i < sizeof(classic) / sizeof(classic[0]); i++) {
		const struct telemetry_metric *m =
			find_metric(scrape->snapshot, classic[i].metric);

		if (m && m->type <= TELEMETRY_LAST_VALUE &&
		    !claims_take(claims, classic[i].name, classic[i].type,
				 SELF))
			put_classic(e, m, i);
	}
	if (!claims_take(claims, "process_start_time_seconds", FAMILY_GAUGE,
			 SELF))
		put_started(scrape, e);
}

/* ---- telemetry_prometheus_* ---------------------------------------------- */

static void put_own(struct exposition *e, enum own_family index,
		    const struct telemetry_sample *samples, size_t count)
{
	exposition_put(e, &(struct family){
				  .name = own[index].name,
				  .unit = own[index].unit,
				  .help = own[index].help,
				  .type = own[index].type,
				  .no_process = true,
				  .samples = samples,
				  .sample_count = count,
			  });
}

struct reason {
	const char *name;
	uint64_t count;
};

static void put_reasons(struct exposition *e, enum own_family index,
			const char *key, const struct reason *reasons,
			size_t count)
{
	struct telemetry_sample samples[8] = { 0 };
	struct telemetry_tag tags[8];
	size_t i;

	for (i = 0; i < count; i++) {
		tags[i] = (struct telemetry_tag){ key, reasons[i].name };
		samples[i].tags = &tags[i];
		samples[i].tag_count = 1;
		samples[i].value = (double)reasons[i].count;
	}
	put_own(e, index, samples, count);
}

#define PUT_REASONS(e, index, key, reasons)                                    \
	put_reasons(e, index, key, reasons,                                    \
		    sizeof(reasons) / sizeof((reasons)[0]))

void extras_put_self(const struct scrape *scrape, struct exposition *e,
		     uint64_t hidden_metrics)
{
	const struct scrape_counts *c = &scrape->counts;
	const struct http_counts *http = scrape->http;
	const struct reason scrapes[] = {
		{ "text", c->scrapes[FORMAT_TEXT] },
		{ "openmetrics", c->scrapes[FORMAT_OPENMETRICS] },
	};
	const struct reason errors[] = {
		{ "unauthorized", http->unauthorized },
		{ "refused", http->refused },
		{ "late", http->late },
		{ "evicted", http->evicted },
		{ "aborted", http->aborted },
		{ "snapshot", c->failures },
	};
	const struct reason hidden[] = {
		{ "name", hidden_metrics },
		{ "value", e->invalid },
	};
	const struct telemetry_sample duration = { .count = c->finished,
						   .value = c->seconds };
	const struct telemetry_sample sent = { .value = (double)http->bytes };
	const struct telemetry_sample partial = {
		.value = scrape->snapshot->partial != 0
	};

	PUT_REASONS(e, SCRAPES, "format", scrapes);
	put_own(e, DURATION, &duration, 1);
	put_own(e, SENT, &sent, 1);
	PUT_REASONS(e, ERRORS, "reason", errors);
	PUT_REASONS(e, HIDDEN, "reason", hidden);
	put_own(e, PARTIAL, &partial, 1);
}
