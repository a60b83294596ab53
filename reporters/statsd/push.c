/*
 * push.c - a snapshot as datagrams: what is new since the last one.
 */
#include "statsd/push.h"

#include "statsd/report.h"

#include <errno.h>
#include <string.h>

/* Of one report, for a receiver that is slow: the next one comes soon, but
 * after the last. */
#define PATIENCE_MS 250

/* ---- a process: its prefix, its tags ------------------------------------- */

#define TAGS_MAX 33

static bool has_tag(const struct line_style *style, const char *key)
{
	size_t i;

	for (i = 0; i < style->tag_count; i++)
		if (!strcmp(style->tags[i].key, key))
			return true;
	return false;
}

static void set_process(struct report *r, const struct telemetry_process *p,
			struct telemetry_tag tags[TAGS_MAX])
{
	const char *prefix = r->push->prefix, *mark = strstr(prefix, "%s");

	r->style = r->push->style;
	text_free(&r->prefix);
	if (mark) {
		text_bytes(&r->prefix, prefix, (size_t)(mark - prefix));
		text_str(&r->prefix, p->service);
		prefix = mark + 2;
	}
	text_str(&r->prefix, prefix);
	text_char(&r->prefix, '\0');
	r->style.prefix = r->prefix.failed ? "" : r->prefix.data;
	/* Whose it is, where the name does not say. */
	if (!r->style.datadog || has_tag(&r->style, "service") ||
	    !*p->service || r->style.tag_count + 1 >= TAGS_MAX)
		return;
	memcpy(tags, r->style.tags, r->style.tag_count * sizeof(*tags));
	tags[r->style.tag_count].key = "service";
	tags[r->style.tag_count].value = p->service;
	r->style.tags = tags;
	r->style.tag_count++;
}

static void put_process(struct report *r,
			const struct telemetry_snapshot *snapshot,
			uint32_t process, bool baseline)
{
	const struct telemetry_process *p = &snapshot->processes[process];
	struct telemetry_tag tags[TAGS_MAX];
	struct series_delta delta;
	size_t i, j;

	set_process(r, p, tags);
	for (i = 0; i < snapshot->metric_count; i++) {
		r->metric = &snapshot->metrics[i];
		for (j = 0; j < r->metric->sample_count; j++) {
			const struct telemetry_sample *s =
				&r->metric->samples[j];

			if (s->process != process)
				continue;
			if (series_update(&r->push->series, p, r->metric, s,
					  baseline, &delta))
				report_sample(r, s, &delta);
			else
				r->push->no_memory++;
		}
	}
}

/* ---- metrics of our own -------------------------------------------------- */

static void put_own(struct report *r, const char *plain, const char *datadog,
		    uint64_t now, uint64_t *told, const char *reason)
{
	const char *transport = r->push->peer.path ? "uds" : "udp";
	struct telemetry_tag tags[] = {
		{ r->style.datadog ? "client" : "reporter",
		  r->style.datadog ? "libtelemetry_shim" : "statsd" },
		{ r->style.datadog ? "client_transport" : "reason",
		  r->style.datadog ? transport : reason },
		{ "reason", reason ? reason : "" },
	};
	uint64_t before = *told;

	*told = now;
	if (now == before)
		return;
	r->value.name = r->style.datadog ? datadog : plain;
	r->value.tags = tags;
	r->value.tag_count =
		r->style.datadog ? (reason ? 3 : 2) : (reason ? 2 : 1);
	report_line(r, LINE_COUNTER, (double)(now - before), 1);
}

/* Up to the last report; what this one sends is told of by the next. */
static void put_each_own(struct report *r)
{
	struct push *p = r->push;
	int i;

	r->style = p->style;
	r->style.prefix = "";
	put_own(r, "telemetry.reporter.lines",
		"datadog.dogstatsd.client.metrics", p->peer.lines, &p->told[0],
		NULL);
	put_own(r, "telemetry.reporter.packets",
		"datadog.dogstatsd.client.packets_sent", p->peer.packets,
		&p->told[1], NULL);
	put_own(r, "telemetry.reporter.bytes",
		"datadog.dogstatsd.client.bytes_sent", p->peer.bytes,
		&p->told[2], NULL);
	if (r->style.datadog) {
		put_own(r, "", "datadog.dogstatsd.client.packets_dropped",
			p->peer.dropped_packets, &p->told[3], NULL);
		put_own(r, "", "datadog.dogstatsd.client.bytes_dropped",
			p->peer.dropped_bytes, &p->told[4], NULL);
	}
	for (i = 0; i < PEER_DROPS; i++)
		put_own(r, "telemetry.reporter.dropped",
			"telemetry.reporter.dropped", p->peer.dropped[i],
			&p->told_drops[i], peer_drops[i]);
}

/* When something was lost, they go alone, and again if they are lost, too. */
static void put_all_own(struct report *r)
{
	struct push *p = r->push, before = *p;
	bool lost = false;
	int i;

	for (i = 0; i < PEER_DROPS; i++)
		lost |= p->peer.dropped[i] != p->told_drops[i];
	put_each_own(r);
	if (!lost || p->dry_run)
		return;
	report_flush(r);
	if (r->error) {
		memcpy(p->told, before.told, sizeof(p->told));
		memcpy(p->told_drops, before.told_drops, sizeof(p->told_drops));
	}
}

/* ---- a report ------------------------------------------------------------ */

static struct report begin(struct push *push, bool final, int timeout_ms)
{
	struct report r = { .push = push };

	if (!final && timeout_ms > PATIENCE_MS)
		timeout_ms = PATIENCE_MS;
	r.end_ms = link_now_ms() + timeout_ms;
	r.mtu = push->mtu ? push->mtu : peer_mtu(&push->peer);
	return r;
}

/* Of a host that knows of it. */
static uint32_t continues(const struct telemetry_snapshot *snapshot)
{
	return snapshot->struct_size >
			       offsetof(struct telemetry_snapshot, continues)
		       ? snapshot->continues
		       : 0;
}

int push_report(struct push *push, const struct telemetry_snapshot *snapshot,
		bool final, int timeout_ms)
{
	bool baseline = continues(snapshot) != push->continues;
	struct report r;
	uint32_t i;

	if (!push->dry_run)
		peer_resolve(&push->peer);
	r = begin(push, final, timeout_ms);
	push->continues = continues(snapshot);
	series_begin(&push->series);
	if (push->self)
		put_all_own(&r);
	for (i = 0; i < snapshot->process_count; i++)
		put_process(&r, snapshot, i, baseline);
	report_flush(&r);
	series_end(&push->series, snapshot->partial);
	text_free(&r.prefix);
	if (!push->dry_run && (r.error || !r.refused))
		peer_say(&push->peer, r.error);
	return r.error == -ETIMEDOUT ? -EAGAIN : r.error;
}
