/*
 * definitions.c - see definitions.h.
 */
#include "runtime/definitions.h"

#include "base/buf.h"
#include "base/log.h"
#include "metric/metric.h"
#include "metric/trace.h"
#include "recorder/ring.h"
#include "runtime/settings.h"

#include <errno.h>
#include <string.h>

static void add(const struct metric_definition *definition, void *arg)
{
	const char *origin = arg;
	int error = metric_add(definition);

	if (error == -EEXIST)
		log_error("%s: metric \"%s\" is defined twice, the first "
			  "definition counts",
			  origin, definition->name);
	else if (error)
		log_error("%s: metric \"%s\" cannot be added: error %d", origin,
			  definition->name, -error);
}

static void add_text(const char *origin, const char *text, void *arg)
{
	const struct metric_text from = { .origin = origin,
					  .text = text,
					  .missing = arg };

	metric_parse_text(&from, add, (void *)(uintptr_t)origin);
}

static void add_from_file(const struct config_definition *d,
			  const char *missing)
{
	char memory[640];
	struct buf origin = BUF(memory);
	const struct metric_text from = { .origin = d->file,
					  .line = d->line,
					  .text = d->text,
					  .single = d->single,
					  .missing = missing };

	buf_printf(&origin, "%s:%u", d->file, d->line);
	metric_parse_text(&from, add, memory);
}

/* TELEMETRY_MISSING is for what the user defines, and not for the standard set,
 * most of whose tags are not there when nothing failed. */
static const char *missing_text(const struct config *config)
{
	if (!config->missing || strlen(config->missing) <= METRIC_TEXT_MAX)
		return config->missing;
	log_error("%s: a text is too long, expected at most %d bytes",
		  settings_where("TELEMETRY_MISSING"), METRIC_TEXT_MAX);
	return NULL;
}

static void record_take(const struct occurrence *occurrence)
{
	ring_write(occurrence, NULL);
}

void definitions_add(const struct config *config)
{
	const struct config_definition *d;
	const char *missing = missing_text(config);

	if (config_wants_takes(config))
		trace_start(record_take);
	metric_set_expire(config->expire_ms);
	metric_set_missing(missing);
	add_text("standard metrics", metric_standard_definitions, NULL);
	/* Not where those who record do not know of the reporters. */
	if (!config->apart)
		config_each_wanted(config, add_text, NULL);
	if (config->metrics)
		add_text("TELEMETRY_METRICS", config->metrics,
			 (void *)(uintptr_t)missing);
	else
		for (d = config->definitions; d; d = d->next)
			add_from_file(d, missing);
}
