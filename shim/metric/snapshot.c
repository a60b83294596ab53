/*
 * snapshot.c - adds images up, and shows the result to reporters.
 *
 * What stands in the images is read by collect_cells.c, collect_extra.c,
 * collect_own.c and collect_attributes.c; collect_twins.c tells apart what has
 * one name.
 */
#include "metric/snapshot.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/timens.h"
#include "metric/collect.h"

#include <errno.h>
#include <string.h>

#define YEAR_NS (366ull * 86400 * 1000000000)

struct snapshot *snapshot_new(void)
{
	struct snapshot *snapshot = arena_borrow(sizeof(*snapshot));

	if (snapshot)
		snapshot->processes_end = &snapshot->processes;
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	pool_fini(&snapshot->pool);
	arena_give_back(snapshot, sizeof(*snapshot));
}

/* ---- adding ----------------------------------------------------------- */

static const char *header_text(struct snapshot *snapshot,
			       const struct segment_image *image, uint32_t id)
{
	uint32_t length;
	const char *text = segment_text(image, id, &length);

	return pool_text(&snapshot->pool, &snapshot->texts, text, length);
}

static struct collect_process *process_find(struct snapshot *snapshot,
					    const char *executable,
					    const char *service, uint64_t hash)
{
	struct pool_link *link = pool_find(&snapshot->by_kind, hash);

	for (; link; link = pool_next(link)) {
		struct collect_process *p =
			CONTAINER_OF(link, struct collect_process, link);

		if (p->view.executable == executable &&
		    p->view.service == service)
			return p;
	}
	return NULL;
}

static struct collect_process *process_get(struct snapshot *snapshot,
					   const char *executable,
					   const char *service)
{
	uint64_t hash = hash_mix((uintptr_t)executable, (uintptr_t)service);
	struct collect_process *p =
		process_find(snapshot, executable, service, hash);

	if (p)
		return p;
	p = pool_alloc(&snapshot->pool, sizeof(*p));
	if (!p ||
	    !pool_add(&snapshot->pool, &snapshot->by_kind, &p->link, hash))
		return NULL;
	p->view.struct_size = sizeof(p->view);
	p->view.executable = executable;
	p->view.service = service;
	p->index = snapshot->process_count++;
	*snapshot->processes_end = p;
	snapshot->processes_end = &p->next;
	return p;
}

struct collect_process *collect_process_of(struct snapshot *snapshot,
					   const struct segment_image *image)
{
	const struct segment_header *h = image->header;
	const char *executable = header_text(snapshot, image, h->executable);
	const char *service = header_text(snapshot, image, h->service);

	return executable && service
		       ? process_get(snapshot, executable, service)
		       : NULL;
}

/* Is it the one to stand for all of them?  One that runs, if there is any. */
static bool stands_for_all(const struct collect_process *p, bool alive)
{
	return p->view.count == 0 || (alive && p->view.live == 0);
}

/* The total of some that are dead has no clock of its own. */
static void reckon(struct snapshot *snapshot, const struct segment_header *h)
{
	uint64_t now = clock_ns() - (uint64_t)timens_monotonic();
	uint64_t began = h->started_monotonic - (uint64_t)h->monotonic_offset;
	bool has_clock = h->started_monotonic && began < now;

	if (h->started_wall <= snapshot->newest)
		return;
	snapshot->newest = h->started_wall;
	snapshot->reckoned = h->started_wall + (has_clock ? now - began : 0);
}

/* When the date was set back since the last of them began, it would be before
 * their start: it is what that one's clock says until the date has come again.
 * By no more than a year: then it is the start that is wrong. */
static uint64_t time_of(const struct snapshot *snapshot)
{
	uint64_t wall = clock_wall_ns();

	return snapshot->newest > wall && snapshot->reckoned > wall &&
			       snapshot->reckoned - wall < YEAR_NS
		       ? snapshot->reckoned
		       : wall;
}

static struct collect_process *add_process(struct snapshot *snapshot,
					   const struct segment_image *image,
					   bool alive)
{
	const struct segment_header *h = image->header;
	struct collect_process *p = collect_process_of(snapshot, image);

	if (!p)
		return NULL;
	reckon(snapshot, h);
	if (p->view.count == 0 ||
	    collect_began_before(h, p->boottime, p->view.started)) {
		p->view.started = h->started_wall;
		p->boottime = h->started_boottime;
	}
	if (stands_for_all(p, alive)) {
		p->view.pid = h->pid;
		collect_attributes(snapshot, image, &p->view);
	}
	p->view.count += h->processes ? h->processes : 1;
	p->view.live += alive;
	return p;
}

/* Does what it has in use still count?  One that has left is gone, even if its
 * pid runs on as another program; but not yet this process itself, which
 * reports on its way out. */
static bool is_there(const struct segment_image *image)
{
	if (image->header->state == SEGMENT_RUNNING)
		return segment_is_alive(image);
	return segment_is_own(image->header);
}

int snapshot_add(struct snapshot *snapshot, const struct segment_image *image)
{
	struct collect_image in = { .snapshot = snapshot, .image = image };

	snapshot->corrupt = false;
	snapshot->pool.failed = false;
	in.alive = is_there(image);
	in.clock.wall =
		image->header->started_wall - image->header->started_monotonic;
	in.clock.ahead = image->header->monotonic_offset;
	in.process = add_process(snapshot, image,
				 in.alive && image->header->state ==
						     SEGMENT_RUNNING);
	if (in.process) {
		collect_cells(&in);
		collect_heap(&in);
		collect_usage(&in);
		collect_drops(&in);
	}
	if (snapshot->corrupt)
		segment_drop(DROP_SEGMENT, 1);
	if (snapshot->pool.failed)
		segment_drop(DROP_MEMORY, 1);
	if (snapshot->corrupt || snapshot->pool.failed)
		snapshot->view.partial = 1;
	return snapshot->pool.failed ? -ENOMEM : 0;
}

int snapshot_add_process(struct snapshot *snapshot,
			 const struct segment_image *image)
{
	bool alive = image->header->state == SEGMENT_RUNNING &&
		     segment_is_alive(image);

	snapshot->pool.failed = false;
	return add_process(snapshot, image, alive) ? 0 : -ENOMEM;
}

void snapshot_mark_partial(struct snapshot *snapshot)
{
	snapshot->view.partial = 1;
}

/* ---- showing ---------------------------------------------------------- */

static bool show_tags(struct snapshot *snapshot,
		      const struct collect_series *series,
		      struct telemetry_sample *sample)
{
	bool has_twin = *series->metric->twin;
	size_t count = series->tag_count + series->is_overflow + has_twin;
	struct telemetry_tag *tags =
		pool_alloc(&snapshot->pool, count * sizeof(*tags));
	uint32_t i;

	if (!tags)
		return false;
	for (i = 0; i < series->tag_count; i++)
		tags[i] = (struct telemetry_tag){ series->keys[i],
						  series->tags[i] };
	if (series->is_overflow)
		tags[i++] = (struct telemetry_tag){ SYM_overflow.text,
						    SYM_true_.text };
	if (has_twin)
		tags[i] = (struct telemetry_tag){ "telemetry.definition",
						  series->metric->twin };
	sample->tags = tags;
	sample->tag_count = count;
	sample->process = series->process;
	return true;
}

static bool show_metric(struct snapshot *snapshot,
			const struct collect_metric *m,
			struct telemetry_metric *view)
{
	struct telemetry_sample *samples =
		pool_alloc(&snapshot->pool, m->series_count * sizeof(*samples));
	uint32_t now = m->expire ? collect_now() : 0;
	const struct collect_series *s;
	size_t count = 0;

	if (!samples)
		return false;
	for (s = m->series; s; s = s->next) {
		if (collect_is_expired(s, now) ||
		    (!fold_finish(&s->tally, &m->shape, &samples[count]) &&
		     !s->is_seeded))
			continue;
		if (!show_tags(snapshot, s, &samples[count]))
			return false;
		count++;
	}
	*view = (struct telemetry_metric){
		.struct_size = sizeof(*view),
		.type = m->shape.type,
		.name = m->name,
		.unit = m->unit,
		.description = m->description,
		.up_down = m->up_down,
		.bounds = m->bounds,
		.bound_count = m->shape.bound_count,
		.samples = samples,
		.sample_count = count,
	};
	return count > 0 || m->is_defined;
}

static void show_metrics(struct snapshot *snapshot)
{
	struct telemetry_metric *views = pool_alloc(
		&snapshot->pool, snapshot->metric_count * sizeof(*views));
	const struct collect_metric *m;
	size_t count = 0;

	for (m = snapshot->metrics; views && m; m = m->next)
		if (show_metric(snapshot, m, &views[count]))
			count++;
	snapshot->view.metrics = views;
	snapshot->view.metric_count = count;
}

/* One that is after the time itself cannot be.  What is shown instead stays the
 * same: a start that moves says that everything has been counted anew. */
static uint64_t sound_start(uint64_t start, uint64_t time)
{
	static uint64_t instead;

	if (start <= time)
		return start;
	if (load_relaxed(&instead) == 0 || load_relaxed(&instead) > time)
		store_relaxed(&instead, time);
	return load_relaxed(&instead);
}

static void show_processes(struct snapshot *snapshot)
{
	struct telemetry_process *views = pool_alloc(
		&snapshot->pool, snapshot->process_count * sizeof(*views));
	const struct collect_process *p;
	size_t count = 0;

	for (p = snapshot->processes; views && p; p = p->next) {
		views[count] = p->view;
		views[count].started =
			sound_start(p->view.started, snapshot->view.time);
		count++;
	}
	snapshot->view.processes = views;
	snapshot->view.process_count = count;
}

const struct telemetry_snapshot *snapshot_view(struct snapshot *snapshot)
{
	struct telemetry_snapshot *view = &snapshot->view;

	snapshot->pool.failed = false;
	view->struct_size = sizeof(*view);
	view->time = time_of(snapshot);
	show_processes(snapshot);
	/* Samples refer to processes. */
	if (!snapshot->pool.failed)
		collect_overflowed(snapshot);
	if (snapshot->has_twins)
		collect_twins(snapshot);
	if (!snapshot->pool.failed)
		show_metrics(snapshot);
	if (snapshot->pool.failed) {
		view->partial = 1;
		segment_drop(DROP_MEMORY, 1);
	}
	return view;
}
