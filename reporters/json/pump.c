/*
 * pump.c - from what the shim hands over to lines in their targets.
 *
 * Lines are collected up to FLUSH bytes, whatever the size of a batch; of OTLP,
 * and where there are logs beside events, up to CHUNK records.
 */
#include "json/pump.h"

#include "json/otlp.h"

#include <errno.h>
#include <string.h>

#define FLUSH (384u << 10) /* more than the lines of most batches */

/* Lines on their way to one target. */
struct flow {
	struct pump *pump;
	struct target *target;
	struct text out;
	int64_t end_ms;
	int error;
};

static struct flow flow_to(struct pump *pump, int kind, int timeout_ms)
{
	return (struct flow){
		.pump = pump,
		.target = &pump->targets[pump->is_split ? kind : 0],
		.end_ms = link_now_ms() + timeout_ms,
	};
}

static uint64_t dropped(const struct pump *pump, int reason)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < PUMP_KINDS; i++)
		sum += pump->targets[i].dropped[reason];
	return sum;
}

static uint64_t dropped_in_all(const struct pump *pump)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < TARGET_REASONS; i++)
		sum += dropped(pump, i);
	return sum;
}

/* When it begins, when it becomes another, and when it is over. */
static void say(struct pump *pump, int error)
{
	struct text line = { 0 };

	if (!pump->place || !say_is_due(&pump->say, error))
		return;
	text_plain(&line, pump->place, 300);
	if (error) {
		text_str(&line, " cannot be written: ");
		text_str(&line, strerror(-error));
		text_str(&line, "; lines dropped so far: ");
		text_u64(&line, dropped_in_all(pump));
	} else {
		text_str(&line, " can be written again");
	}
	text_char(&line, '\0');
	if (!line.failed)
		pump->host->log(pump->host->context, error ? 0 : 2, line.data);
	text_free(&line);
}

static void flush(struct flow *flow)
{
	int64_t left = flow->end_ms - link_now_ms();
	int error;

	if (flow->out.failed) {
		flow->target->dropped[TARGET_REFUSED]++;
		flow->error = -ENOMEM;
	} else if (flow->out.length) {
		error = target_write(flow->target, flow->out.data,
				     flow->out.length,
				     left > 0 ? (int)left : 0);
		say(flow->pump, error);
		flow->error = error ? error : flow->error;
	}
	/* Its memory is for what comes next. */
	flow->out.length = 0;
	flow->out.failed = false;
}

/* ---- lines of our own ---------------------------------------------------- */

typedef void line_fn(struct text *out, const struct json_options *options,
		     const struct json_record *r, struct json_cut *cut);

/* True if what was added since `begin` is a line that may be as long as it
 * is. */
static bool end_line(struct flow *flow, size_t begin)
{
	text_char(&flow->out, '\n');
	if (flow->out.length - begin > flow->pump->options.max_line) {
		flow->out.length = begin;
		return false;
	}
	if (flow->out.length > FLUSH)
		flush(flow);
	return true;
}

static void put_record(struct flow *flow, line_fn *fn,
		       const struct json_record *r)
{
	size_t begin = flow->out.length;
	int i;

	for (i = 0; i < JSON_CUTS; i++) {
		struct json_cut cut = json_cuts[i];

		fn(&flow->out, &flow->pump->options, r, &cut);
		if (end_line(flow, begin))
			return;
	}
	flow->target->dropped[TARGET_TOO_LONG]++;
}

static void put_metric(struct flow *flow,
		       const struct telemetry_snapshot *snapshot,
		       const struct telemetry_metric *m,
		       const struct telemetry_sample *s)
{
	size_t begin = flow->out.length;
	int i;

	for (i = 0; i < JSON_CUTS; i++) {
		struct json_cut cut = json_cuts[i];

		json_line_metric(&flow->out, &flow->pump->options, snapshot, m,
				 s, &cut);
		if (end_line(flow, begin))
			return;
	}
	flow->target->dropped[TARGET_TOO_LONG]++;
}

/* ---- what was dropped, as a metric --------------------------------------- */

struct losses {
	struct telemetry_tag tags[TARGET_REASONS][2];
	struct telemetry_sample samples[TARGET_REASONS];
	struct telemetry_metric metric;
};

static void count_losses(struct losses *losses, const struct pump *pump)
{
	size_t n = 0;
	int i;

	for (i = 0; i < TARGET_REASONS; i++) {
		uint64_t count = dropped(pump, i);

		if (!count)
			continue;
		losses->tags[n][0] = (struct telemetry_tag){ .key = "reporter",
							     .value = "json" };
		losses->tags[n][1] =
			(struct telemetry_tag){ .key = "reason",
						.value = target_reasons[i] };
		losses->samples[n] = (struct telemetry_sample){
			.tags = losses->tags[n],
			.tag_count = 2,
			.count = count,
			.value = (double)count,
		};
		n++;
	}
	losses->metric = (struct telemetry_metric){
		.struct_size = sizeof(losses->metric),
		.type = TELEMETRY_COUNTER,
		.name = "telemetry.reporter.dropped",
		.unit = "{line}",
		.description = "Lines that could not be written",
		.samples = losses->samples,
		.sample_count = n,
	};
}

/* A line for each reason, in whatever is written next. */
static void put_losses(struct flow *flow,
		       const struct telemetry_snapshot *snapshot)
{
	struct pump *pump = flow->pump;
	uint64_t now = dropped_in_all(pump);
	struct losses losses;
	size_t i;

	if (now == pump->told || pump->otlp || !snapshot->process_count)
		return;
	count_losses(&losses, pump);
	for (i = 0; i < losses.metric.sample_count; i++)
		put_metric(flow, snapshot, &losses.metric, &losses.samples[i]);
	pump->told = now;
}

/* If the line about the drops was itself dropped, it comes again. */
static void finish(struct flow *flow)
{
	uint64_t before = dropped_in_all(flow->pump);

	flush(flow);
	if (dropped_in_all(flow->pump) != before)
		flow->pump->told = 0;
	text_free(&flow->out);
}

/* ---- records ------------------------------------------------------------- */

static void put_chosen(struct flow *flow, int kind, const struct json_record *r)
{
	if (kind == PUMP_EVENTS)
		put_record(flow, json_line_event, r);
	else if (json_is_log(r->record))
		put_record(flow, json_line_log, r);
}

static void put_otlp(struct otlp *o, int kind, const struct json_record *r)
{
	bool is_span = r->record->kind != TELEMETRY_RECORD_EVENT;

	if (kind == PUMP_EVENTS && is_span && r->record->span_id)
		otlp_add_span(o, r);
	else if (kind == PUMP_LOGS && json_is_log(r->record))
		otlp_add_log(o, r);
}

static void otlp_records(struct flow *flow, int kind,
			 const struct telemetry_batch *batch,
			 const struct json_record *list, size_t count)
{
	struct otlp o = { .options = &flow->pump->options, .out = &flow->out };
	size_t i, p;

	for (p = 0; p < batch->process_count; p++) {
		otlp_begin(&o, kind == PUMP_EVENTS ? OTLP_TRACES : OTLP_LOGS,
			   &batch->processes[p]);
		for (i = 0; i < count; i++) {
			if (list[i].process != &batch->processes[p])
				continue;
			put_otlp(&o, kind, &list[i]);
			if (flow->out.length > FLUSH) {
				otlp_end(&o);
				flush(flow);
			}
		}
		otlp_end(&o);
	}
	flow->target->dropped[TARGET_TOO_LONG] += o.too_long;
	otlp_free(&o);
}

static void put_kind(struct pump *pump, int kind,
		     const struct telemetry_batch *batch,
		     const struct json_record *list, size_t count,
		     struct flow *flow)
{
	/* For the time of the line about drops. */
	struct telemetry_snapshot at = {
		.struct_size = sizeof(at),
		.processes = batch->processes,
		.process_count = batch->process_count,
	};
	size_t i;

	if (pump->otlp) {
		otlp_records(flow, kind, batch, list, count);
	} else {
		if (count)
			at.time = list[count - 1].record->time +
				  list[count - 1].record->duration;
		put_losses(flow, &at);
		for (i = 0; i < count; i++)
			put_chosen(flow, kind, &list[i]);
	}
}

#define CHUNK 256

/* The chosen ones of the batch, from *next on. */
static size_t choose(struct pump *pump, const struct telemetry_batch *batch,
		     size_t *next, struct json_record list[CHUNK])
{
	size_t count = 0;

	for (; *next < batch->record_count && count < CHUNK; ++*next) {
		struct json_record *r = &list[count];

		r->record = &batch->records[*next];
		r->process = &batch->processes[r->record->process];
		r->pieces = &pump->pieces;
		r->in_trace =
			trace_of(&pump->trace, r->process, r->record, r->trace);
		count += json_choose(&pump->options, r->record, &r->level);
	}
	return count;
}

int pump_records(struct pump *pump, const struct telemetry_batch *batch,
		 int timeout_ms)
{
	struct flow events = flow_to(pump, PUMP_EVENTS, timeout_ms);
	struct flow logs = flow_to(pump, PUMP_LOGS, timeout_ms);
	bool has_events = pump->content & JSON_EVENTS;
	bool has_logs = pump->content & JSON_LOGS;
	/* Events and logs of a record are not far apart; and no line of OTLP's
	 * has records of two choices. */
	bool at_once = pump->otlp || (has_events && has_logs);
	struct json_record list[CHUNK];
	size_t next = 0;

	json_pieces_begin(&pump->pieces);
	while (next < batch->record_count) {
		size_t count = choose(pump, batch, &next, list);

		if (count && has_events)
			put_kind(pump, PUMP_EVENTS, batch, list, count,
				 &events);
		if (at_once)
			finish(&events);
		if (count && has_logs)
			put_kind(pump, PUMP_LOGS, batch, list, count, &logs);
		if (at_once)
			finish(&logs);
	}
	finish(&events);
	finish(&logs);
	return events.error ? events.error : logs.error;
}

/* ---- metrics ------------------------------------------------------------- */

static void otlp_metrics(struct flow *flow,
			 const struct telemetry_snapshot *snapshot)
{
	struct otlp o = { .options = &flow->pump->options, .out = &flow->out };
	struct losses losses;
	uint32_t p;
	size_t i;

	count_losses(&losses, flow->pump);
	for (p = 0; p < snapshot->process_count; p++) {
		otlp_begin(&o, OTLP_METRICS, &snapshot->processes[p]);
		for (i = 0; i < snapshot->metric_count; i++)
			otlp_add_metric(&o, snapshot, &snapshot->metrics[i], p);
		if (p == 0 && losses.metric.sample_count)
			otlp_add_metric(&o, snapshot, &losses.metric, p);
		otlp_end(&o);
		if (flow->out.length > FLUSH)
			flush(flow);
	}
	flow->target->dropped[TARGET_TOO_LONG] += o.too_long;
	otlp_free(&o);
}

int pump_metrics(struct pump *pump, const struct telemetry_snapshot *snapshot,
		 int timeout_ms)
{
	struct flow flow = flow_to(pump, PUMP_METRICS, timeout_ms);
	size_t i, j;

	if (pump->otlp) {
		otlp_metrics(&flow, snapshot);
	} else {
		put_losses(&flow, snapshot);
		for (i = 0; i < snapshot->metric_count; i++)
			for (j = 0; j < snapshot->metrics[i].sample_count; j++)
				put_metric(&flow, snapshot,
					   &snapshot->metrics[i],
					   &snapshot->metrics[i].samples[j]);
	}
	finish(&flow);
	return flow.error;
}
