/*
 * serve.c - asks the reporters that listen what they wait for, and calls them.
 *
 * Does not wait itself (exporter_sleep.c).  A reporter that is never done, by a
 * defect or because somebody keeps it busy, gets a bounded number of calls per
 * second: this thread runs in somebody else's process.
 */
#include "runtime/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/descriptors.h"
#include "runtime/loader.h"
#include "runtime/report.h"

#include <poll.h>
#include <sys/stat.h>

#define MS 1000000ull	/* in ns */
#define DESCRIPTORS 128 /* of one reporter */
#define WINDOW (1000 * MS)
#define CALLS 2000 /* of one reporter in a window */

struct identity {
	uint64_t device, inode;
};

/* What one reporter waits for: fds[first .. first + count). */
struct waiting {
	int first, count;
	uint64_t when;	 /* or this time; UINT64_MAX: never */
	uint64_t window; /* when the window began */
	uint32_t calls;	 /* in it */
	bool told;	 /* it has been said that it is never done */
};

static struct {
	struct pollfd fds[1 + LOADER_REPORTERS_MAX * DESCRIPTORS];
	/* What they were when they were asked for; where the host can close and
	 * replace them. */
	struct identity seen[1 + LOADER_REPORTERS_MAX * DESCRIPTORS];
	struct waiting of[LOADER_REPORTERS_MAX];
	int count; /* of fds */
	bool wanted;
	bool serving, looked; /* inside `serve`; a snapshot was asked for */
	const struct telemetry_snapshot *snapshot;
} serve LARGE;

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Has it had its calls of this window?  Then it is left alone until the end of
 * the window. */
static bool is_exhausted(struct waiting *w, const char *name, uint64_t now)
{
	if (now - w->window >= WINDOW) {
		w->window = now;
		w->calls = 0;
	}
	if (w->calls < CALLS)
		return false;
	if (!w->told)
		log_warn("reporter %s is never done: more than %d calls in a "
			 "second; it has to wait at times",
			 name, CALLS);
	w->told = true;
	return true;
}

static struct identity identify(int fd)
{
	struct stat st;

	if (sys_fstat(fd, &st))
		return (struct identity){ 0 };
	return (struct identity){ st.st_dev, st.st_ino };
}

static void remember(const struct waiting *w)
{
	int i;

	if (descriptors_are_separate())
		return;
	for (i = w->first; i < w->first + w->count; i++)
		serve.seen[i] = identify(serve.fds[i].fd);
}

static bool is_as_seen(const struct waiting *w)
{
	int i;

	for (i = w->first; i < w->first + w->count; i++) {
		struct identity now = identify(serve.fds[i].fd);

		if (now.device != serve.seen[i].device ||
		    now.inode != serve.seen[i].inode)
			return false;
	}
	return true;
}

/* After a sleep: a reporter whose descriptors the host has closed would use, or
 * close, what the host has there now. */
static bool is_sound(size_t i)
{
	if (descriptors_are_separate() || is_as_seen(&serve.of[i]))
		return true;
	serve.of[i].count = 0;
	loader_abandon(i);
	return false;
}

static void gather_one(struct waiting *w, struct loader_reporter *r,
		       uint64_t now)
{
	struct pollfd *fds = serve.fds + serve.count;
	int timeout = -1, count;

	w->first = serve.count;
	w->count = 0;
	if (is_exhausted(w, r->name, now)) {
		w->when = w->window + WINDOW;
		return;
	}
	count = r->ops.wait(r->self, fds, DESCRIPTORS, &timeout);
	if (count > DESCRIPTORS)
		count = DESCRIPTORS;
	w->count = count > 0 ? count : 0;
	w->when = timeout < 0 ? UINT64_MAX : now + (uint64_t)timeout * MS;
	serve.count += w->count;
	remember(w);
}

int serve_gather(struct pollfd **fds, uint64_t *when)
{
	size_t i, count = loader_count();
	uint64_t now = clock_ns();

	serve.count = 1;
	serve.wanted = false;
	for (i = 0; i < count; i++) {
		struct loader_reporter *r = loader_at(i);
		struct waiting *w = &serve.of[i];

		if (!r->ops.wait || !r->ops.serve ||
		    (!is_sound(i) && !r->ops.wait))
			continue;
		gather_one(w, r, now);
		*when = lower(*when, w->when);
		serve.wanted |= w->count > 0 || w->when != UINT64_MAX;
	}
	*fds = serve.fds;
	return serve.count;
}

static bool is_ready(const struct waiting *w, uint64_t now)
{
	int i;

	for (i = 0; i < w->count; i++)
		if (serve.fds[w->first + i].revents)
			return true;
	/* The end of a pause is no time that the reporter has asked for. */
	return now >= w->when && w->calls < CALLS;
}

static void call(struct waiting *w, struct loader_reporter *r)
{
	w->calls++;
	serve.serving = true;
	r->ops.serve(r->self, serve.fds + w->first, w->count);
	serve.serving = false;
	if (serve.looked)
		report_snapshot_done();
	serve.looked = false;
}

void serve_ready(uint64_t now)
{
	size_t i, count = loader_count();

	for (i = 0; i < count; i++) {
		struct loader_reporter *r = loader_at(i);

		if (r->ops.wait && r->ops.serve && is_sound(i) &&
		    is_ready(&serve.of[i], now))
			call(&serve.of[i], r);
	}
}

bool serve_is_wanted(void)
{
	uint64_t when = UINT64_MAX;
	struct pollfd *fds;

	serve_gather(&fds, &when);
	return serve.wanted;
}

const struct telemetry_snapshot *serve_snapshot(void *context UNUSED)
{
	if (!serve.serving)
		return NULL;
	if (!serve.looked)
		serve.snapshot = report_snapshot();
	serve.looked = true;
	return serve.snapshot;
}

void serve_forget(void)
{
	serve.count = 1;
	serve.wanted = serve.serving = serve.looked = false;
	__builtin_memset(serve.of, 0, sizeof(serve.of));
}
