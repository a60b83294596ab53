/*
 * define.c - the functions of <telemetry/metrics.h>.
 *
 * A definition becomes a text in the grammar of TELEMETRY_METRICS and is read
 * by the same code: one set of rules, and one kind of message.
 */
#include "telemetry/metrics.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "event/api.h"
#include "metric/metric.h"

#include <errno.h>
#include <string.h>

#define TEXT_MAX 8192

static const char *default_missing;

void metric_set_missing(const char *missing)
{
	default_missing = missing;
}

/* Too large for a stack of the program's. */
struct request {
	struct metric_definition definition;
	struct metric_calls calls;
	uint32_t count; /* of definitions in the text */
	char text[TEXT_MAX];
};

struct job {
	const char *type, *name;
	const struct telemetry_metric_options *options;
};

static int refuse(const struct job *job, const char *what, const char *text,
		  const char *expected)
{
	log_error("telemetry_%s(\"%s\"): %s \"%s\", expected %s", job->type,
		  job->name ? job->name : "NULL", what, text ? text : "NULL",
		  expected);
	return -EINVAL;
}

/* It cannot be taken for anything but one word of the text. */
static bool is_word(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || strchr("()[],=\";", *text))
			return false;
	return true;
}

/* ", option=word" unless it is NULL; "" is for the parser to refuse. */
static int put_word(const struct job *job, struct buf *out, const char *option,
		    const char *word)
{
	if (!word)
		return 0;
	if (!is_word(word))
		return refuse(job, option, word, "one word");
	buf_printf(out, ", %s=%s", option, word);
	return 0;
}

static int put_tags(const struct job *job, struct buf *out)
{
	const struct telemetry_metric_options *o = job->options;
	size_t i;

	if (o->tag_count == 0)
		return 0;
	if (!o->tags || o->tag_count > TELEMETRY_TAGS_MAX)
		return refuse(job, "tags", o->tags ? "too many" : NULL,
			      "at most 8 keys");
	buf_str(out, ", tags=[");
	for (i = 0; i < o->tag_count; i++) {
		if (!o->tags[i] || !is_word(o->tags[i]))
			return refuse(job, "tag", o->tags[i], "a key");
		buf_printf(out, "%s%s", i ? ", " : "", o->tags[i]);
	}
	buf_char(out, ']');
	return 0;
}

static int put_buckets(const struct job *job, struct buf *out)
{
	const struct telemetry_metric_options *o = job->options;
	size_t i;

	if (o->bucket_count == 0)
		return 0;
	if (!o->buckets || o->bucket_count > METRIC_BUCKETS_MAX)
		return refuse(job, "buckets", o->buckets ? "too many" : NULL,
			      "at most 64 numbers");
	buf_str(out, ", buckets=[");
	for (i = 0; i < o->bucket_count; i++) {
		buf_str(out, i ? ", " : "");
		buf_double(out, o->buckets[i]);
	}
	buf_char(out, ']');
	return 0;
}

static void put_description(struct buf *out, const char *text)
{
	buf_str(out, ", description=\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

static int put_numbers(const struct job *job, struct buf *out)
{
	const struct telemetry_metric_options *o = job->options;

	if (o->description)
		put_description(out, o->description);
	if (o->max_series)
		buf_printf(out, ", max_series=%u", o->max_series);
	if (o->expire_ms)
		buf_printf(out, ", expire=%u", o->expire_ms);
	if (o->up_down > 1)
		return refuse(job, "up_down", "more than 1", "0 or 1");
	if (o->up_down)
		buf_str(out, ", up_down=true");
	if (o->options)
		buf_printf(out, ", %s", o->options);
	buf_char(out, ')');
	return out->cut ? refuse(job, "definition", "too long",
				 "less than 8 KiB of text")
			: 0;
}

static int put_text(const struct job *job, struct buf *out)
{
	const struct telemetry_metric_options *o = job->options;
	const char *measurement = o->measurement;
	int error;

	if (!job->name || !is_word(job->name))
		return refuse(job, "name", job->name, "one word");
	/* It has no other use than to be valid. */
	if (o->measure && !measurement)
		measurement = "value";
	buf_printf(out, "%s(%s", job->type, job->name);
	error = put_word(job, out, "event", o->event_name);
	if (!error)
		error = put_word(job, out, "measurement", measurement);
	if (!error)
		error = put_tags(job, out);
	if (!error)
		error = put_word(job, out, "unit", o->unit);
	if (!error)
		error = put_buckets(job, out);
	return error ? error : put_numbers(job, out);
}

static void take(const struct metric_definition *definition, void *arg)
{
	struct request *r = arg;

	r->definition = *definition;
	r->count++;
}

/* What a text cannot say. */
static int check(const struct job *job, const struct metric_definition *d)
{
	const struct telemetry_metric_options *o = job->options;

	if (o->keep && o->drop)
		return refuse(job, "keep", "and drop", "one of them");
	if ((o->keep || o->drop) && d->condition_count)
		return refuse(job, "functions", "and conditions",
			      "one of them");
	if (o->measure && d->type == METRIC_COUNTER)
		return refuse(job, "measure", "of a counter", "none");
	if (o->measure && o->measurement)
		return refuse(job, "measurement", o->measurement,
			      "that or a function");
	if (o->tag_set && (d->tag_count || d->source_count || o->tag_values))
		return refuse(job, "tag_set", "and other tags", "one of them");
	return 0;
}

static int parse(const struct job *job, struct request *r)
{
	char origin[40];
	struct buf text, name = BUF(origin);
	struct metric_text from = { .missing = default_missing };
	int error;

	buf_init(&text, r->text, sizeof(r->text));
	error = put_text(job, &text);
	if (error)
		return error;
	buf_printf(&name, "telemetry_%s()", job->type);
	from.origin = origin;
	from.text = r->text;
	if (metric_parse_text(&from, take, r) != 0)
		return -EINVAL;
	if (r->count != 1)
		return refuse(job, "options", job->options->options,
			      "those of one metric");
	return check(job, &r->definition);
}

static void set_calls(const struct telemetry_metric_options *o,
		      struct metric_calls *calls)
{
	calls->measure = o->measure;
	calls->keep = o->keep;
	calls->drop = o->drop;
	calls->tag_set = o->tag_set;
	calls->tag_values = o->tag_values;
	calls->config = o->config;
	calls->destroy = o->destroy;
}

static int define_now(void *arg)
{
	const struct job *job = arg;
	struct request *r = arena_alloc(sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	error = parse(job, r);
	if (!error) {
		set_calls(job->options, &r->calls);
		error = metric_define(&r->definition, &r->calls);
	}
	arena_free(r, sizeof(*r));
	if (error == -EEXIST)
		log_error("telemetry_%s(\"%s\"): there is a metric of this "
			  "name already; it stays as it is",
			  job->type, job->name);
	return error;
}

static int define(const char *type, const char *name,
		  const struct telemetry_metric_options *options)
{
	struct telemetry_metric_options known = { 0 };
	struct job job = { type, name, &known };
	size_t size = options ? options->struct_size : 0;

	if (options && size < sizeof(options->struct_size))
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	/* What this version knows of a structure of any version. */
	if (options)
		memcpy(&known, options,
		       size < sizeof(known) ? size : sizeof(known));
	return api_change(define_now, &job);
}

EXPORT int telemetry_counter(const char *name,
			     const struct telemetry_metric_options *options)
{
	return define("counter", name, options);
}

EXPORT int telemetry_sum(const char *name,
			 const struct telemetry_metric_options *options)
{
	return define("sum", name, options);
}

EXPORT int telemetry_last_value(const char *name,
				const struct telemetry_metric_options *options)
{
	return define("last_value", name, options);
}

EXPORT int telemetry_summary(const char *name,
			     const struct telemetry_metric_options *options)
{
	return define("summary", name, options);
}

EXPORT int
telemetry_distribution(const char *name,
		       const struct telemetry_metric_options *options)
{
	return define("distribution", name, options);
}
