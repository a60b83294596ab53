/*
 * prometheus.c - a page for Prometheus to scrape.
 *
 * Options and requests; what the page says is made in prometheus/, how it gets
 * to whom is common/http.h's.
 */
#include "common/http.h"
#include "common/negotiate.h"
#include "prometheus/scrape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORT 9568
#define OPENMETRICS "application/openmetrics-text"

static const char *const content_types[] = {
	[FORMAT_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[FORMAT_OPENMETRICS] = OPENMETRICS "; version=1.0.0; charset=utf-8",
};

struct prometheus {
	const struct telemetry_host *host;
	struct http *http;
	char *path; /* NULL: /metrics */
	struct scrape scrape;
};

/* Where both are as welcome, OpenMetrics: it has exemplars. */
static enum format choose_format(const struct http_request *request)
{
	const char *accept = http_header(request, "Accept");
	int open = negotiate_type(accept, OPENMETRICS, "1.0.0", true);

	return open && open >= negotiate_type(accept, "text/plain", "0.0.4",
					      false)
		       ? FORMAT_OPENMETRICS
		       : FORMAT_TEXT;
}

static void say(struct http_answer *answer, unsigned int status,
		const char *text, const char *path)
{
	answer->status = status;
	answer->type = "text/plain; charset=utf-8";
	text_str(&answer->body, text);
	text_str(&answer->body, path);
	text_char(&answer->body, '\n');
}

static void answer_scrape(struct prometheus *p,
			  const struct http_request *request,
			  struct http_answer *answer)
{
	uint64_t begin = p->host->monotonic_ns(p->host->context);
	enum format format = choose_format(request);
	struct scrape_counts *counts = &p->scrape.counts;

	p->scrape.snapshot = p->host->snapshot(p->host->context);
	if (!p->scrape.snapshot) {
		counts->failures++;
		say(answer, 503, "no memory for a look at the processes", "");
		return;
	}
	counts->scrapes[format]++;
	answer->type = content_types[format];
	answer->body = scrape_make(&p->scrape, format);
	counts->failures += answer->body.failed;
	counts->finished++;
	counts->seconds +=
		(double)(p->host->monotonic_ns(p->host->context) - begin) / 1e9;
}

static void answer(void *context, const struct http_request *request,
		   struct http_answer *answer)
{
	struct prometheus *p = context;
	const char *path = p->path ? p->path : "/metrics";

	if (!strcmp(request->path, path))
		answer_scrape(p, request, answer);
	else
		say(answer, 404, "not here; the metrics are at ", path);
}

static void close_prometheus(void *self)
{
	struct prometheus *p = self;

	if (p->http)
		http_free(p->http);
	text_free(&p->scrape.complained);
	free(p->path);
	free(p);
}

static int open_prometheus(const struct telemetry_host *host, void **self)
{
	struct prometheus *p = calloc(1, sizeof(*p));
	struct http_settings settings = {
		.host = host,
		.prefix = "TELEMETRY_PROMETHEUS_",
		.port = PORT,
		.answer = answer,
		.context = p,
	};

	if (!p || http_new(&p->http, &settings)) {
		free(p);
		return -ENOMEM;
	}
	p->host = host;
	p->scrape.host = host;
	p->scrape.http = http_counts(p->http);
	p->scrape.options = (struct scrape_options){ true, true, true, true };
	*self = p;
	return 0;
}

static int set_path(struct prometheus *p, const char *value,
		    const char **expected)
{
	char *copy;

	*expected = "a path, as /metrics";
	if (*value != '/')
		return -EINVAL;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(p->path);
	p->path = copy;
	return 0;
}

static bool *find_switch(struct scrape_options *o, const char *key)
{
	return !strcmp(key, "process_labels")  ? &o->process_labels
	       : !strcmp(key, "process_names") ? &o->process_names
	       : !strcmp(key, "target_info")   ? &o->target_info
	       : !strcmp(key, "self")	       ? &o->self
					       : NULL;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct prometheus *p = self;
	bool *toggle = find_switch(&p->scrape.options, key);

	if (!strcmp(key, "path"))
		return set_path(p, value, expected);
	if (!toggle)
		return http_configure(p->http, key, value, expected);
	*expected = "true or false";
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return -EINVAL;
	*toggle = *value == 't';
	return 0;
}

static int start(void *self)
{
	struct prometheus *p = self;

	if (p->host->struct_size < sizeof(*p->host) || !p->host->snapshot) {
		p->host->log(p->host->context, 0,
			     "this version of the shim cannot serve anybody; "
			     "expected one that has snapshots for reporters");
		return -ENOTSUP;
	}
	return http_start(p->http);
}

static int wait_for(void *self, struct pollfd *fds, int max, int *timeout_ms)
{
	struct prometheus *p = self;

	return http_wait(p->http, fds, max, timeout_ms);
}

static void serve(void *self, const struct pollfd *fds, int count)
{
	struct prometheus *p = self;

	(void)fds;
	(void)count;
	http_counts(p->http);
	http_serve(p->http);
}

TELEMETRY_REPORTER(.name = "prometheus",
		   .help = "PORT           of the page; 0 is any (9568)\n"
			   "PATH           of the page (/metrics)\n" HTTP_HELP
			   "PROCESS_LABELS false: series of all programs of a "
			   "group are added up (true)\n"
			   "PROCESS_NAMES  process_cpu_seconds_total and its "
			   "like, as other clients have them (true)\n"
			   "TARGET_INFO    what each program is (true)\n"
			   "SELF           numbers of the reporter itself "
			   "(true)\n",
		   .open = open_prometheus, .configure = configure,
		   .start = start, .close = close_prometheus, .wait = wait_for,
		   .serve = serve, );
