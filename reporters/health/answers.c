/*
 * answers.c - what is said of the processes and of the checks, and to whom.
 */
#include "common/json.h"
#include "health/health.h"

#include <stdio.h>
#include <string.h>

/* ---- what is known of the processes -------------------------------------- */

static void describe(struct health *h, const struct telemetry_process *p)
{
	size_t i;

	snprintf(h->service, sizeof(h->service), "%s", p->service);
	h->version[0] = '\0';
	for (i = 0; i < p->attribute_count; i++)
		if (!strcmp(p->attributes[i].key, "service.version"))
			snprintf(h->version, sizeof(h->version), "%s",
				 p->attributes[i].value);
}

/* A look costs a reading of all segments: once a second at most. */
static void look(struct health *h)
{
	const struct telemetry_snapshot *s;
	uint64_t now = now_of(h), first = UINT64_MAX;
	size_t i;

	if (h->looked && now - h->looked < SECOND)
		return;
	s = h->host->snapshot(h->host->context);
	if (!s)
		return;
	h->looked = now;
	h->live = 0;
	for (i = 0; i < s->process_count; i++) {
		const struct telemetry_process *p = &s->processes[i];

		h->live += p->live;
		if (p->live == 0 || p->started >= first)
			continue;
		first = p->started;
		describe(h, p);
	}
	h->started_ago = first < s->time ? s->time - first : 0;
}

/* ---- answers ------------------------------------------------------------- */

static void put_details(struct health *h, struct text *out)
{
	json_key(out, "service");
	json_text(out, h->service, JSON_WHOLE);
	json_key(out, "processes");
	json_u64(out, h->live);
	json_key(out, "uptime_seconds");
	json_u64(out, h->started_ago / SECOND);
	if (h->version[0]) {
		json_key(out, "version");
		json_text(out, h->version, JSON_WHOLE);
	}
}

static void answer_live(struct health *h, struct http_answer *answer,
			bool details)
{
	struct text *out = &answer->body;

	look(h);
	answer->status = h->live ? 200 : 503;
	json_open(out, '{');
	json_key(out, "status");
	json_text(out, h->live ? "ok" : "down", JSON_WHOLE);
	if (details)
		put_details(h, out);
	json_close(out, '}');
}

static const char *status_of(const struct check *c)
{
	return c->result.known ? c->result.reason : "pending";
}

static void put_check(struct text *out, const struct check *c, uint64_t now)
{
	const struct check_result *r = &c->result;

	json_key(out, c->target.name);
	json_open(out, '{');
	json_key(out, "status");
	json_text(out, status_of(c), JSON_WHOLE);
	json_key(out, "up");
	json_bool(out, r->known && r->up);
	if (r->known) {
		json_key(out, "duration_ms");
		json_double(out, (double)(r->duration / 1000) / 1000);
		json_key(out, "age_ms");
		json_u64(out, (now - r->at) / 1000000);
		json_key(out, "failures");
		json_u64(out, r->failed);
		json_key(out, "runs");
		json_u64(out, r->run);
	}
	json_close(out, '}');
}

/* "degraded": some of several are down. */
static const char *readiness(const struct health *h)
{
	size_t up = 0, i;

	for (i = 0; i < h->count; i++)
		up += h->checks[i].result.known && h->checks[i].result.up;
	if (up == h->count && h->live)
		return "ready";
	return up > 0 && h->live ? "degraded" : "not_ready";
}

static void answer_ready(struct health *h, struct http_answer *answer,
			 bool details)
{
	struct text *out = &answer->body;
	const char *status;
	size_t i;

	look(h);
	status = readiness(h);
	answer->status = strcmp(status, "ready") == 0 ? 200 : 503;
	json_open(out, '{');
	json_key(out, "status");
	json_text(out, status, JSON_WHOLE);
	if (details) {
		for (i = 0; i < h->count; i++) {
			json_key(out, h->checks[i].target.name);
			json_text(out, status_of(&h->checks[i]), JSON_WHOLE);
		}
		json_key(out, "checks");
		json_open(out, '{');
		for (i = 0; i < h->count; i++)
			put_check(out, &h->checks[i], now_of(h));
		json_close(out, '}');
		put_details(h, out);
	}
	json_close(out, '}');
}

void answers_give(void *context, const struct http_request *request,
		  struct http_answer *answer)
{
	struct health *h = context;

	answer->type = "application/json";
	if (!strcmp(request->path, "/health")) {
		answer_live(h, answer, request->is_authorized);
	} else if (!strcmp(request->path, "/health/ready")) {
		answer_ready(h, answer, request->is_authorized);
	} else {
		answer->status = 404;
		answer->type = "text/plain; charset=utf-8";
		text_str(&answer->body, "there are /health and "
					"/health/ready\n");
		return;
	}
	text_newline(&answer->body);
}
