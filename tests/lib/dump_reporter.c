/*
 * dump_reporter.c - a reporter for tests: all samples of the last report into
 * the file TELEMETRY_DUMP_FILE, as dump.h prints them.
 */
#include "dump.h"

#include <errno.h>

struct dump {
	char file[4096];
};

static int open_dump(const struct telemetry_host *host, void **self)
{
	(void)host;
	*self = calloc(1, sizeof(struct dump));
	return *self ? 0 : -ENOMEM;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct dump *d = self;

	if (strcmp(key, "file") != 0)
		return -ENOENT;
	*expected = "a path";
	if (strlen(value) >= sizeof(d->file))
		return -EINVAL;
	strcpy(d->file, value);
	return 0;
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct dump *d = self;
	FILE *out = final ? fopen(d->file, "ae") : NULL;

	(void)timeout_ms;
	if (!final)
		return 0;
	if (!out)
		return -errno;
	dump_snapshot(out, snapshot);
	return fclose(out) ? -errno : 0;
}

TELEMETRY_REPORTER(.name = "dump", .help = "FILE  into this file\n",
		   .open = open_dump, .configure = configure, .report = report,
		   .close = free, );
