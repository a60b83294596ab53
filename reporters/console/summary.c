/*
 * summary.c - the table at the end: what each program did.
 *
 * Shows only what there is.  A list that is longer than asked for says how
 * much more there was.
 */
#include "console/console.h"
#include "console/rows.h"

#include <string.h>

#define SPANS "telemetry.span.duration"
#define BYTES "telemetry.span.bytes"
#define FAILURES "telemetry.exceptions"
#define QUERIES "telemetry.query.duration"
#define DROPS "telemetry.dropped"

/* A column: where it ends. */
enum {
	NAME = 2,
	COUNT = 42,
	FAILED = 50,
	P50 = 59,
	P95 = 68,
	P99 = 77,
	MAX = 86,
	SIZE = 97,
	QUERY_COUNT = 10,
	QUERY_MEAN = 19,
	QUERY_P99 = 28,
	QUERY_MAX = 37,
	QUERY_TEXT = 39,
	REASON_SPAN = 12,
};

struct page {
	struct text *out;
	const struct telemetry_snapshot *snapshot;
	uint32_t process;
	size_t top;
};

const char *console_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void heading(struct text *out, const char *text, size_t column)
{
	size_t from = out->length;

	text_str(out, text);
	text_right(out, from, column);
}

static void number(struct text *out, double value, size_t column)
{
	size_t from = out->length;

	text_char(out, ' ');
	text_fixed(out, value, 0);
	text_right(out, from, column);
}

static void duration(struct text *out, double seconds, size_t column)
{
	size_t from = out->length;

	text_char(out, ' ');
	text_duration(out, seconds);
	text_right(out, from, column);
}

static void size(struct text *out, double bytes, size_t column)
{
	size_t from = out->length;

	text_char(out, ' ');
	text_size(out, bytes);
	text_right(out, from, column);
}

static bool is_overflow(const struct telemetry_sample *sample)
{
	return *rows_tag(sample, "otel.metric.overflow") != '\0';
}

/* How many of a list are left out, in a line of its own. */
static void more(const struct page *page, size_t count)
{
	if (count <= page->top)
		return;
	text_column(page->out, NAME);
	text_str(page->out, "... and ");
	text_u64(page->out, count - page->top);
	text_str(page->out, " more");
	text_newline(page->out);
}

/* ---- parts --------------------------------------------------------------- */

static void process_line(const struct page *page)
{
	const struct telemetry_process *p =
		&page->snapshot->processes[page->process];
	const char *name = console_base_name(p->executable);
	struct text *out = page->out;

	text_str(out, "telemetry: ");
	text_plain(out, *p->service ? p->service : name, CONSOLE_WIDTH / 2);
	text_str(out, " (");
	text_plain(out, p->executable, CONSOLE_WIDTH / 2);
	text_str(out, ", ");
	text_u64(out, p->count);
	text_str(out, p->count == 1 ? " process" : " processes");
	if (p->live) {
		text_str(out, ", ");
		text_u64(out, p->live);
		text_str(out, " still running");
	}
	text_char(out, ')');
	text_newline(out);
}

static void span_line(const struct page *page,
		      const struct telemetry_sample *sample)
{
	const char *name = rows_tag(sample, "span");
	struct text *out = page->out;
	double failed, bytes;

	text_column(out, NAME);
	text_plain(out, is_overflow(sample) ? "(other spans)" : name,
		   CONSOLE_WIDTH - NAME);
	/* A long name has a line of its own. */
	if (out->length - out->line > COUNT - 8)
		text_newline(out);
	failed = rows_total_tagged(page->snapshot, FAILURES, page->process,
				   "span", name);
	bytes = rows_total_tagged(page->snapshot, BYTES, page->process, "span",
				  name);
	number(out, (double)sample->count, COUNT);
	number(out, failed, FAILED);
	duration(out, sample->quantiles[0], P50);
	duration(out, sample->quantiles[2], P95);
	duration(out, sample->quantiles[3], P99);
	duration(out, sample->max, MAX);
	if (bytes > 0)
		size(out, bytes, SIZE);
	text_newline(out);
}

static void spans(const struct page *page)
{
	struct rows rows = rows_of(page->snapshot, SPANS, page->process);
	struct text *out = page->out;
	size_t i;

	if (rows.count) {
		text_column(out, NAME);
		text_str(out, "span");
		heading(out, "count", COUNT);
		heading(out, "failed", FAILED);
		heading(out, "p50", P50);
		heading(out, "p95", P95);
		heading(out, "p99", P99);
		heading(out, "max", MAX);
		heading(out, "bytes", SIZE);
		text_newline(out);
	}
	for (i = 0; i < rows.count; i++)
		span_line(page, rows.samples[i]);
	rows_free(&rows);
}

static void query_line(const struct page *page,
		       const struct telemetry_sample *sample)
{
	const char *text = rows_tag(sample, "db.query.text");
	struct text *out = page->out;

	if (is_overflow(sample))
		text = "(all other queries)";
	else if (!*text)
		text = "(text not known)";
	number(out, (double)sample->count, QUERY_COUNT);
	duration(out, sample->value / (double)sample->count, QUERY_MEAN);
	duration(out, sample->quantiles[3], QUERY_P99);
	duration(out, sample->max, QUERY_MAX);
	text_column(out, QUERY_TEXT);
	text_plain(out, text, CONSOLE_WIDTH - QUERY_TEXT);
	text_newline(out);
}

static void queries(const struct page *page)
{
	struct rows rows = rows_of(page->snapshot, QUERIES, page->process);
	struct text *out = page->out;
	size_t i;

	if (rows.count) {
		text_column(out, NAME);
		text_str(out, "slowest queries, by total time");
		text_newline(out);
		heading(out, "count", QUERY_COUNT);
		heading(out, "mean", QUERY_MEAN);
		heading(out, "p99", QUERY_P99);
		heading(out, "max", QUERY_MAX);
		text_str(out, "  text");
		text_newline(out);
	}
	for (i = 0; i < rows.count && i < page->top; i++)
		query_line(page, rows.samples[i]);
	more(page, rows.count);
	rows_free(&rows);
}

static void failures(const struct page *page)
{
	struct rows rows = rows_of(page->snapshot, FAILURES, page->process);
	struct text *out = page->out;
	size_t i;

	if (rows.count) {
		text_column(out, NAME);
		text_str(out, "failed calls");
		text_newline(out);
	}
	for (i = 0; i < rows.count && i < page->top; i++) {
		const struct telemetry_sample *s = rows.samples[i];
		const char *reason = rows_tag(s, "error.type");

		number(out, s->value, QUERY_COUNT);
		text_column(out, REASON_SPAN);
		text_plain(out,
			   is_overflow(s) ? "(others)" : rows_tag(s, "span"),
			   COUNT);
		text_str(out, ": ");
		text_plain(out, *reason ? reason : "(reason not known)", COUNT);
		text_newline(out);
	}
	more(page, rows.count);
	rows_free(&rows);
}

static void heap(const struct page *page)
{
	double allocations = rows_total(page->snapshot, "libc.heap.allocations",
					page->process);
	double frees =
		rows_total(page->snapshot, "libc.heap.frees", page->process);
	double live =
		rows_total(page->snapshot, "libc.heap.live", page->process);
	struct text *out = page->out;

	if (allocations == 0 && frees == 0)
		return;
	text_column(out, NAME);
	text_str(out, "heap: ");
	text_fixed(out, allocations, 0);
	text_str(out, " allocations, ");
	text_fixed(out, frees, 0);
	text_str(out, " frees, ");
	text_size(out, rows_total(page->snapshot, "libc.heap.allocated",
				  page->process));
	text_str(out, " allocated");
	/* Nothing is known of the end of those that are gone. */
	if (live > 0) {
		text_str(out, ", ");
		text_size(out, live);
		text_str(out, " live at the end");
	}
	text_newline(out);
}

static void drops(const struct page *page)
{
	struct rows rows = rows_of(page->snapshot, DROPS, page->process);
	struct text *out = page->out;
	size_t i;

	for (i = 0; i < rows.count; i++) {
		if (i == 0) {
			text_column(out, NAME);
			text_str(out, "not in these numbers: ");
		} else {
			text_str(out, ", ");
		}
		text_plain(out, rows_tag(rows.samples[i], "reason"), COUNT);
		text_char(out, ' ');
		text_fixed(out, rows.samples[i]->value, 0);
	}
	if (rows.count)
		text_newline(out);
	rows_free(&rows);
}

/* The earliest first; index breaks ties. */
static uint32_t next_process(const struct telemetry_snapshot *snapshot,
			     uint32_t last)
{
	const struct telemetry_process *p = snapshot->processes;
	uint32_t best = UINT32_MAX, i;

	for (i = 0; i < snapshot->process_count; i++) {
		if (last != UINT32_MAX &&
		    (p[i].started < p[last].started ||
		     (p[i].started == p[last].started && i <= last)))
			continue;
		if (best == UINT32_MAX || p[i].started < p[best].started)
			best = i;
	}
	return best;
}

void summary_write(struct text *out, const struct telemetry_snapshot *snapshot,
		   size_t top)
{
	struct page page = { .out = out, .snapshot = snapshot, .top = top };

	page.process = next_process(snapshot, UINT32_MAX);
	while (page.process != UINT32_MAX) {
		process_line(&page);
		spans(&page);
		queries(&page);
		failures(&page);
		heap(&page);
		drops(&page);
		page.process = next_process(snapshot, page.process);
	}
	if (snapshot->partial) {
		text_str(out, "telemetry: something could not be read; the "
			      "numbers above are too low");
		text_newline(out);
	}
}
