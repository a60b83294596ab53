/*
 * dashboards.c - writes Grafana dashboards and Prometheus alert rules for the
 * metrics that there are, into a folder, when its process group ends.
 *
 * telemetry-run --export-dashboards runs it over a program that does nothing:
 * what counts are the definitions, the standard set's and the user's.
 */
#include "common/option.h"
#include "dashboards/dashboards.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dashboards {
	const struct telemetry_host *host;
	char *dir;
};

const char *const bundles[] = { "process", "sockets", "dns",   "tls",
				"db",	   "heap",    "custom" };
const size_t bundle_count = sizeof(bundles) / sizeof(bundles[0]);

const struct telemetry_metric *
dashboards_find(const struct telemetry_snapshot *snapshot, const char *name)
{
	size_t i;

	for (i = 0; i < snapshot->metric_count; i++)
		if (!strcmp(snapshot->metrics[i].name, name))
			return &snapshot->metrics[i];
	return NULL;
}

static int open_dashboards(const struct telemetry_host *host, void **self)
{
	struct dashboards *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->host = host;
	*self = d;
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct dashboards *d = self;

	if (strcmp(key, "dir") != 0)
		return -ENOENT;
	*expected = "the absolute path of a folder";
	return option_path(&d->dir, value);
}

static void say(struct dashboards *d, const char *what, const char *path)
{
	char line[512];

	snprintf(line, sizeof(line), "%.400s: %s", path, what);
	d->host->log(d->host->context, 0, line);
}

static int start(void *self)
{
	struct dashboards *d = self;

	if (d->dir)
		return 0;
	say(d, "not set; expected the absolute path of a folder",
	    "TELEMETRY_DASHBOARDS_DIR");
	return -EINVAL;
}

static int write_all(int fd, const struct text *text)
{
	size_t done = 0;

	while (done < text->length) {
		ssize_t n = write(fd, text->data + done, text->length - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Whole or not at all. */
static int put_file(struct dashboards *d, const char *name,
		    const struct text *text)
{
	char path[4096], other[4112];
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	snprintf(other, sizeof(other), "%s.tmp", path);
	fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0644);
	error = fd < 0 ? -errno : text->failed ? -ENOMEM : write_all(fd, text);
	if (fd >= 0 && close(fd) != 0 && !error)
		error = -errno;
	if (!error && rename(other, path) != 0)
		error = -errno;
	if (error) {
		say(d, strerror(-error), path);
		if (fd >= 0)
			unlink(other);
	}
	return error;
}

static int put_dashboard(struct dashboards *d,
			 const struct telemetry_snapshot *snapshot,
			 const char *bundle)
{
	struct text text = { 0 };
	char name[64];
	int error = 0;

	snprintf(name, sizeof(name), "telemetry-%s.json", bundle);
	if (grafana_put(&text, snapshot, bundle))
		error = put_file(d, name, &text);
	text_free(&text);
	return error;
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct dashboards *d = self;
	struct text rules = { 0 };
	int error = 0;
	size_t i;

	(void)timeout_ms;
	if (!final)
		return 0;
	for (i = 0; i < bundle_count && !error; i++)
		error = put_dashboard(d, snapshot, bundles[i]);
	alerts_put(&rules, snapshot);
	if (!error)
		error = put_file(d, "telemetry-alerts.yml", &rules);
	text_free(&rules);
	return error;
}

static void close_dashboards(void *self)
{
	struct dashboards *d = self;

	free(d->dir);
	free(d);
}

TELEMETRY_REPORTER(.name = "dashboards",
		   .help = "DIR  the folder to write to (none)\n",
		   .open = open_dashboards, .configure = configure,
		   .start = start, .report = report,
		   .close = close_dashboards, );
