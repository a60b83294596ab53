/*
 * dump.h - for reporters of tests: all samples of a snapshot, exactly, one a
 * line.
 *
 *   name type unit {tag="value",...} count=2 value=3 min=1 max=2
 *        buckets=[5:1 10:1 inf:0] quantiles=[1 2 2 2] process=prog
 *
 * The unit is - if there is none; what a type does not have is left out.
 */
#ifndef TESTS_LIB_DUMP_H
#define TESTS_LIB_DUMP_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <telemetry/reporter.h>

static const char *const types[] = {
	[TELEMETRY_COUNTER] = "counter",
	[TELEMETRY_SUM] = "sum",
	[TELEMETRY_LAST_VALUE] = "last_value",
	[TELEMETRY_SUMMARY] = "summary",
	[TELEMETRY_DISTRIBUTION] = "distribution",
};

/* Integers in full, else the fewest digits that read back as the same. */
static void put_number(FILE *out, double value)
{
	char text[40];
	int digits = 1;

	if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value) {
		fprintf(out, "%.0f", value);
		return;
	}
	do {
		snprintf(text, sizeof(text), "%.*g", digits, value);
	} while (digits++ < 17 && strtod(text, NULL) != value);
	fputs(text, out);
}

static void put_named(FILE *out, const char *name, double value)
{
	fprintf(out, " %s=", name);
	put_number(out, value);
}

static void put_tags(FILE *out, const struct telemetry_sample *s)
{
	size_t i;

	fputs(" {", out);
	for (i = 0; i < s->tag_count; i++)
		fprintf(out, "%s%s=\"%s\"", i ? "," : "", s->tags[i].key,
			s->tags[i].value);
	fputc('}', out);
}

static void put_buckets(FILE *out, const struct telemetry_metric *m,
			const struct telemetry_sample *s)
{
	size_t i;

	fputs(" buckets=[", out);
	for (i = 0; i <= m->bound_count; i++) {
		if (i < m->bound_count)
			put_number(out, m->bounds[i]);
		else
			fputs("inf", out);
		fprintf(out, ":%" PRIu64 "%s", s->buckets[i],
			i < m->bound_count ? " " : "]");
	}
}

static void put_sample(FILE *out, const struct telemetry_snapshot *snapshot,
		       const struct telemetry_metric *m,
		       const struct telemetry_sample *s)
{
	const char *program = snapshot->processes[s->process].executable;
	const char *slash = strrchr(program, '/');
	size_t i;

	fprintf(out, "%s %s%s %s", m->name, m->up_down ? "up_down_" : "",
		types[m->type], *m->unit ? m->unit : "-");
	put_tags(out, s);
	fprintf(out, " count=%" PRIu64, s->count);
	put_named(out, "value", s->value);
	if (m->type >= TELEMETRY_SUMMARY) {
		put_named(out, "min", s->min);
		put_named(out, "max", s->max);
	}
	if (m->type == TELEMETRY_DISTRIBUTION)
		put_buckets(out, m, s);
	for (i = 0; m->type == TELEMETRY_SUMMARY && i < 4; i++) {
		fputs(i ? " " : " quantiles=[", out);
		put_number(out, s->quantiles[i]);
		if (i == 3)
			fputc(']', out);
	}
	fprintf(out, " process=%s\n", slash ? slash + 1 : program);
}

static void dump_snapshot(FILE *out, const struct telemetry_snapshot *snapshot)
{
	size_t i, j;

	for (i = 0; i < snapshot->metric_count; i++)
		for (j = 0; j < snapshot->metrics[i].sample_count; j++)
			put_sample(out, snapshot, &snapshot->metrics[i],
				   &snapshot->metrics[i].samples[j]);
	if (snapshot->partial)
		fputs("partial\n", out);
}

#endif
