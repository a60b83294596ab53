/*
 * scrape.c - one answer to a scrape.
 */
#include "prometheus/scrape.h"

#include "prometheus/extras.h"

#include <string.h>

#define COMPLAINTS 4096 /* bytes of names: a scrape may come each second */

struct naming {
	struct text family, unit;
};

/* One line for each metric, not for each scrape. */
static void complain(struct scrape *scrape, const struct telemetry_metric *m,
		     const char *family, const char *owner)
{
	struct text line = { 0 }, mark = { 0 };

	text_char(&mark, '\n');
	text_str(&mark, m->name);
	text_str(&mark, "\n");
	text_char(&mark, '\0');
	if (!mark.failed && scrape->complained.length < COMPLAINTS &&
	    (!scrape->complained.length ||
	     !strstr(scrape->complained.data, mark.data))) {
		scrape->complained.length -= scrape->complained.length != 0;
		text_bytes(&scrape->complained, mark.data, mark.length);
		text_str(&line, "metric ");
		text_plain(&line, m->name, 200);
		text_str(&line, " is not shown: its name for Prometheus, ");
		text_str(&line, family);
		text_str(&line, ", is that of ");
		text_plain(&line, owner, 200);
		text_char(&line, '\0');
		if (!line.failed)
			scrape->host->log(scrape->host->context, 0, line.data);
	}
	text_free(&line);
	text_free(&mark);
}

static void put_metric(struct exposition *e, const struct telemetry_metric *m,
		       const struct naming *naming, bool goes_on)
{
	exposition_put(e, &(struct family){
				  .name = naming->family.data,
				  .unit = naming->unit.data,
				  .help = m->description,
				  .type = names_type(m),
				  .adds = m->type == TELEMETRY_SUM,
				  .goes_on = goes_on,
				  .bounds = m->bounds,
				  .bound_count = m->bound_count,
				  .samples = m->samples,
				  .sample_count = m->sample_count,
			  });
}

/* One that is defined in two ways has two entries, whose series have different
 * labels: they are one family, and stand together. */
static bool is_twin(const struct telemetry_metric *a,
		    const struct telemetry_metric *b)
{
	return !strcmp(a->name, b->name) && names_type(a) == names_type(b) &&
	       !strcmp(a->unit, b->unit);
}

static void put_all(const struct scrape *scrape, struct exposition *e, size_t i,
		    const struct naming *naming)
{
	const struct telemetry_metric *m = scrape->snapshot->metrics;
	size_t j;

	put_metric(e, &m[i], naming, false);
	for (j = i + 1; j < scrape->snapshot->metric_count; j++)
		if (is_twin(&m[i], &m[j]))
			put_metric(e, &m[j], naming, true);
}

static bool was_put(const struct scrape *scrape, size_t i)
{
	const struct telemetry_metric *m = scrape->snapshot->metrics;
	size_t j;

	for (j = 0; j < i; j++)
		if (is_twin(&m[i], &m[j]))
			return true;
	return false;
}

/* How many had to be left out. */
static uint64_t put_metrics(struct scrape *scrape, struct exposition *e,
			    struct claims *claims)
{
	struct naming naming = { 0 };
	uint64_t hidden = 0;
	size_t i;

	for (i = 0; i < scrape->snapshot->metric_count; i++) {
		const struct telemetry_metric *m =
			&scrape->snapshot->metrics[i];
		const char *owner;

		naming.family.length = naming.unit.length = 0;
		names_family(&naming.family, m);
		names_unit(&naming.unit, m->unit, names_type(m));
		if (naming.family.failed || naming.unit.failed) {
			e->out.failed = true;
			break;
		}
		owner = claims_take(claims, naming.family.data, names_type(m),
				    m->name);
		if (!owner)
			put_all(scrape, e, i, &naming);
		if (!owner || (!strcmp(owner, m->name) && was_put(scrape, i)))
			continue;
		hidden++;
		if (!claims->failed)
			complain(scrape, m, naming.family.data, owner);
	}
	text_free(&naming.family);
	text_free(&naming.unit);
	return hidden;
}

struct text scrape_make(struct scrape *scrape, enum format format)
{
	struct exposition e = {
		.format = format,
		.process_labels = scrape->options.process_labels,
		.processes = scrape->snapshot->processes,
		.process_count = scrape->snapshot->process_count,
	};
	struct claims claims = { 0 };
	uint64_t hidden;

	e.out.failed |= !extras_claim(scrape, &claims);
	hidden = put_metrics(scrape, &e, &claims);
	if (scrape->options.process_names)
		extras_put_process(scrape, &e, &claims);
	if (scrape->options.target_info)
		extras_put_targets(scrape, &e);
	if (scrape->options.self)
		extras_put_self(scrape, &e, hidden);
	e.out.failed |= claims.failed;
	exposition_end(&e);
	exposition_free(&e);
	claims_free(&claims);
	return e.out;
}
