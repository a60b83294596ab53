/*
 * poller_group.c - the default poller.
 *
 * Reads the segment of each process that runs, to know what it is called, and
 * only those numbers for which somebody has subscribed.  What it executes goes
 * into the segment of this process.
 */
#include "runtime/poller_group.h"

#include "base/clock.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "base/thread.h"
#include "event/event.h"
#include "metric/stale.h"
#include "recorder/ring.h"
#include "runtime/figures.h"
#include "runtime/groups.h"
#include "runtime/measure.h"
#include "runtime/members.h"
#include "runtime/poller_schedule.h"

#include <errno.h>
#include <string.h>

#define MS 1000000ull
#define MEASURES_MAX 16
#define GROUPS_MAX 256 /* control groups of one tick */

static struct {
	struct schedule schedule;
	const char *record;
	bool wanted[MEASURES_MAX], any;
	bool incomplete; /* not all that run could be asked in this tick */
	uint64_t groups[GROUPS_MAX]; /* hashes of those that are done */
	size_t group_count;
	char executable[1024], service[256], path[MEMBERS_PATH];
} group_poll LARGE;

/* ---- is it wanted? ------------------------------------------------------- */

/* Does the recorder's list name it?  That it keeps everything is not meant to
 * make work. */
static bool is_named(const char *patterns, const char *event)
{
	bool named = false, removes;
	const char *pattern;
	size_t length;

	while ((pattern = glob_next(&patterns, &length, &removes)) != NULL) {
		if (!removes && strspn(pattern, "*") >= length)
			continue;
		if (glob_match(pattern, length, event, strlen(event)))
			named = !removes;
	}
	return named;
}

bool poller_group_is_wanted(const struct config *config)
{
	const struct measure *m;
	size_t i;

	if (!config->poll_period_ms || !config->reporters)
		return false;
	for (i = 0; (m = measure_at(i)) != NULL; i++) {
		struct event *event = event_find(m->event, strlen(m->event));

		if ((event && event_wanted_beside(event, ring_write)) ||
		    is_named(config->record, m->event))
			return true;
	}
	return false;
}

/* Made now, so that definitions with a glob find them. */
static bool look_who_wants(void)
{
	const struct measure *m;
	bool any = false;
	size_t i;

	for (i = 0; (m = measure_at(i)) != NULL && i < MEASURES_MAX; i++) {
		struct event *event = event_intern(m->event, strlen(m->event));

		group_poll.wanted[i] =
			event && (event_wanted_beside(event, ring_write) ||
				  is_named(group_poll.record, m->event));
		any |= group_poll.wanted[i];
	}
	return any;
}

void poller_group_begin(const struct config *config, uint64_t now)
{
	struct thread *t = &thread_self;

	group_poll.any = false;
	if (!config->poll_period_ms || !thread_guest_begin(t, FRAME()))
		return;
	group_poll.record = config->record;
	group_poll.schedule.period = config->poll_period_ms * MS;
	group_poll.schedule.next = now + group_poll.schedule.period;
	group_poll.any = look_who_wants();
	thread_guest_end(t);
}

uint64_t poller_group_next(void)
{
	return group_poll.any ? group_poll.schedule.next : UINT64_MAX;
}

/* ---- a tick -------------------------------------------------------------- */

static void emit(const char *name, const struct telemetry_field *m,
		 size_t m_count, const struct telemetry_field *d,
		 size_t d_count)
{
	struct occurrence o = {
		.event = event_find(name, strlen(name)),
		.measurements = { m, m_count },
		.metadata = { d, d_count },
		.time = clock_ns(),
	};

	if (o.event)
		event_dispatch_internal(&o);
}

static void copy_text(char *to, size_t size, const struct segment_image *image,
		      uint32_t id)
{
	uint32_t length;
	const char *text = segment_text(image, id, &length);

	if (length >= size)
		length = (uint32_t)size - 1;
	memcpy(to, text, length);
	to[length] = '\0';
}

/* Has none of this control group been asked in this tick? */
static bool is_new_group(const struct measure_target *target)
{
	uint64_t hash = hash_text(target->cgroup, strlen(target->cgroup));
	size_t i;

	for (i = 0; i < group_poll.group_count; i++)
		if (group_poll.groups[i] == hash)
			return false;
	if (group_poll.group_count == GROUPS_MAX) {
		segment_drop(DROP_FIGURE, 1);
		return false;
	}
	group_poll.groups[group_poll.group_count++] = hash;
	return true;
}

static bool wants(enum measure_scope scope)
{
	const struct measure *m;
	size_t i;

	for (i = 0; (m = measure_at(i)) != NULL; i++)
		if (group_poll.wanted[i] && m->scope == scope)
			return true;
	return false;
}

static void take_all(enum measure_scope scope,
		     const struct measure_target *target)
{
	const struct measure *m;
	size_t i;

	for (i = 0; (m = measure_at(i)) != NULL; i++)
		if (group_poll.wanted[i] && m->scope == scope)
			measure_take(m, target, emit);
}

/* Of a damaged one not all of the heap is to be seen. */
static void take_process(const struct segment_image *image, bool sound)
{
	const struct segment_header *h = image->header;
	struct measure_target target = {
		.pid = h->pid,
		.executable = group_poll.executable,
		.service = group_poll.service,
	};
	struct heap_block heap;

	copy_text(group_poll.executable, sizeof(group_poll.executable), image,
		  h->executable);
	copy_text(group_poll.service, sizeof(group_poll.service), image,
		  h->service);
	if (sound && measure_heap(image, &heap))
		target.heap = &heap;
	take_all(MEASURE_PROCESS, &target);
	if (!wants(MEASURE_CGROUP))
		return;
	measure_cgroup(&target);
	if (is_new_group(&target))
		take_all(MEASURE_CGROUP, &target);
}

static void take_member(const struct member *member)
{
	struct segment_image image;
	int error;

	members_path(group_poll.path, sizeof(group_poll.path), member->pid,
		     member->n);
	error = members_is_own(member)
			? segment_read_own_excerpt(&image, &ring_none)
			: segment_read_file_excerpt(group_poll.path, &image,
						    &ring_none);
	/* Up to where it is damaged it says what we need. */
	if (image.header && !segment_is_elsewhere(image.header)) {
		/* What it has used is known then, should it crash. */
		figures_look(&image, group_poll.path);
		take_process(&image, !error);
	}
	group_poll.incomplete |= error == -ENOMEM;
	segment_release(&image);
}

static void take_alone(void)
{
	struct segment_image image;

	if (segment_read_own_excerpt(&image, &ring_none) == 0)
		take_process(&image, true);
	segment_release(&image);
}

static void take_members(void)
{
	struct member *members = NULL;
	int count = members_read(&members), i;

	group_poll.incomplete |= count < 0;
	for (i = 0; i < count; i++)
		if (members[i].running)
			take_member(&members[i]);
	members_free(members, count < 0 ? 0 : count);
}

static void take_groups(void)
{
	group_poll.group_count = 0;
	if (!wants(MEASURE_PROCESS) && !wants(MEASURE_CGROUP))
		return;
	/* telemetry-host may have no segment, others have no file. */
	if (segment_header() && !segment_path()) {
		take_alone();
		return;
	}
	groups_look();
	groups_each(take_members);
}

static bool is_polled(const struct event *event)
{
	return measure_find(event->name->text) != NULL;
}

static void tick(void)
{
	struct measure_target nobody = { .pid = (uint32_t)sys_getpid() };
	uint32_t shortages = segment_file_shortages();
	uint64_t then = clock_ns();

	group_poll.incomplete = false;
	take_all(MEASURE_SYSTEM, &nobody);
	take_groups();
	/* Without a descriptor a process that lives looks like one that has
	 * ended, and like one of which the kernel says nothing. */
	if (shortages != segment_file_shortages())
		group_poll.incomplete = true;
	/* What a process had that has ended since the last tick. */
	if (!group_poll.incomplete)
		stale_remove(is_polled, then);
}

void poller_group_run(uint64_t now)
{
	struct thread *t = &thread_self;
	uint64_t missed;

	if (!group_poll.any || !schedule_is_due(&group_poll.schedule, now))
		return;
	missed = schedule_take(&group_poll.schedule, now);
	if (missed)
		segment_drop(DROP_TICK, missed);
	if (!thread_guest_begin(t, FRAME())) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	tick();
	thread_guest_end(t);
}
