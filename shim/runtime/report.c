/*
 * report.c - one look at the segments of the group, and what is done with it.
 *
 * Reads each segment once, whatever is made of it.  Does not know when it is
 * time (exporter.c) nor how numbers are added up (metric/snapshot.c).
 * The last report of a process is report_last.c's.
 */
#include "runtime/report.h"

#include "base/log.h"
#include "recorder/ring.h"
#include "runtime/batch.h"
#include "runtime/figures.h"
#include "runtime/group.h"
#include "runtime/groups.h"
#include "runtime/report_look.h"
#include "runtime/watched.h"

#include <errno.h>

/* Bytes of a segment with news that are soon read at once. */
#define WHOLE (64u << 10)

/* So many looks without news, and what is kept for the next one is given back:
 * one that has some seldom would take all of it anew each time.  Fewer than
 * those before the exporter sleeps until it is told (exporter_round()). */
#define CALM 4

struct report report;

/* ---- looking ---------------------------------------------------------- */

static int add_to(struct snapshot *snapshot, const struct segment_image *image)
{
	int error;

	if (!snapshot)
		return 0;
	error = snapshot_add(snapshot, image);
	if (!error)
		figures_add(snapshot, image);
	return error;
}

/* member NULL: this process, of which nobody else can read. */
static void add_image(struct segment_image *image, const char *path,
		      const struct member *member, bool own, bool mine)
{
	const struct batch_source source = {
		.path = path,
		.open = member && member->watched,
		.fd = watched_descriptor(member ? member->watched : NULL),
		.own = own,
		.alive = !member || member->alive,
	};
	int error;

	if (report.has_batch)
		batch_add(image, &source);
	if (report.whole || report.mine)
		figures_look(image, path);
	error = add_to(report.whole, image);
	if (mine && !error)
		error = add_to(report.mine, image);
	if (error)
		log_warn("%s is not in the report: error %d",
			 path ? path : "this process", -error);
}

/* For a last report; or of a group that was in the report before. */
static bool is_mine(const struct member *member)
{
	return report.splits ? !report_look_is_taken()
			     : member->mine && !member->reported;
}

/* Has it left while we looked?  Then it relies on us, or it would have the lock
 * (exporter_last.c). */
static void look_again(struct member *member, const struct segment_image *image)
{
	if (!member->running || image->header->state == SEGMENT_RUNNING)
		return;
	member->running = false;
	member->left = true;
}

/* One that runs reports what it counts, at its end. */
static void add_running(const struct segment_image *image)
{
	if (report.mine && snapshot_add_process(report.mine, image))
		segment_drop(DROP_MEMORY, 1);
}

static const struct segment_excerpt *rings_wanted(void)
{
	return report.has_batch ? &ring_news : &ring_none;
}

static int read_member(const struct member *member, const char *path, bool own,
		       struct segment_image *image)
{
	const struct segment_excerpt *excerpt = rings_wanted();
	int error;

	if (own)
		error = segment_read_own_excerpt(image, excerpt);
	else if (member->watched)
		error = segment_read_open_excerpt(
			watched_descriptor(member->watched), image,
			member->used > WHOLE ? excerpt : NULL);
	else
		error = segment_read_file_excerpt(path, image, excerpt);
	if (!error && member->watched)
		watched_learn(member->watched, image);
	return error;
}

static void add_member(struct member *member)
{
	static LARGE char path[MEMBERS_PATH];
	struct segment_image image;
	bool own = members_is_own(member);
	int error;

	members_path(path, sizeof(path), member->pid, member->n);
	error = read_member(member, path, own, &image);
	if (!error) {
		bool is_others;

		look_again(member, &image);
		is_others = member->running && !own && !report.splits;
		add_image(&image, path, member, own,
			  is_mine(member) && !is_others);
		if (is_mine(member) && is_others)
			add_running(&image);
	} else if (error != -ENOENT && error != -EAGAIN)
		log_warn("%s is left out: it is no sound segment (error %d)",
			 path, -error);
	segment_release(&image);
	member->done = true;
	member->delivered = report.has_batch;
}

/* Where there is no file, or no way to it, there is no group either. */
static void add_private(void)
{
	struct segment_image image;

	if (!segment_header() || (segment_path() && !group_here->look.closed))
		return;
	if (segment_read_own_excerpt(&image, rings_wanted()) == 0)
		add_image(&image, NULL, NULL, true, true);
	segment_release(&image);
}

static void add_retained(void)
{
	const struct retained *retained = &group_here->look.retained;
	int error = 0;
	uint32_t i;

	for (i = 0; i < retained->part_count && !error; i++) {
		const struct segment_image *part = &retained->parts[i];

		if (report.whole)
			error = snapshot_add(report.whole, part);
		if (!error && report.mine &&
		    (report.splits ? !report_look_is_taken()
				   : part->header->state == SEGMENT_RETAINED))
			error = snapshot_add(report.mine, part);
	}
	if (error)
		log_warn("what is retained is not all in the report: error %d",
			 -error);
}

bool report_look_is_taken(void)
{
	return group_here->fresh && group_here->continues;
}

/* Its rings are all that is wanted of one that is watched. */
static bool has_news(const struct member *member)
{
	return !member->watched ||
	       watched_has_news(member->watched, member->used);
}

static void add_or_skip(struct member *member)
{
	if (has_news(member)) {
		add_member(member);
	} else {
		member->done = true;
		member->delivered = report.has_batch;
	}
}

static void add_group(void)
{
	struct member *list = group_here->look.members;
	int i;

	add_retained();
	for (i = 0; i < group_here->look.count; i++)
		if (!list[i].folded && (list[i].mine || !report.mine_only))
			add_or_skip(&list[i]);
	/* Better that than counters which seem to begin again. */
	if (group_here->look.unread && report.whole)
		snapshot_mark_partial(report.whole);
}

void report_look_add(bool mine_only)
{
	report.mine_only = mine_only;
	add_private();
	groups_each(add_group);
}

struct snapshot *report_look_snapshot(void)
{
	struct snapshot *snapshot = snapshot_new();

	if (!snapshot)
		segment_drop(DROP_MEMORY, 1);
	return snapshot;
}

/* ---- while the process lives on ---------------------------------------- */

void report_for_host(void)
{
	report.hosts = true;
}

static bool is_still_busy(uint64_t total)
{
	report.calm = total ? 0 : report.calm + 1;
	return report_look_takes_records() &&
	       (total || (report.is_busy && report.calm < CALM));
}

struct report_news report_records(report_patience patience, uint64_t room)
{
	struct report_news news = { 0 };

	report.room = room;
	report.watches = report.is_busy;
	if (report.watches)
		watched_begin();
	report_look_open(patience);
	news.alone = report_look_is_alone();
	report_look_add(false);
	if (report.has_batch) {
		news.records = batch_end();
		news.most = batch_most();
		news.whole = batch_most_whole();
	}
	report_look_fold();
	report.is_busy = is_still_busy(news.records);
	report.watches = false;
	watched_end(!report.is_busy);
	report_look_close();
	return news;
}

static void look_whether_continues(void)
{
	report.continues |= group_here->continues;
}

static const struct telemetry_snapshot *view(struct snapshot *snapshot)
{
	static struct telemetry_snapshot view;

	view = *snapshot_view(snapshot);
	view.struct_size = sizeof(view);
	view.continues = report.continues;
	return &view;
}

const struct telemetry_snapshot *report_snapshot(void)
{
	report.reporters = loader_count();
	report.has_batch = false;
	report_look_open_groups();
	report.whole = report_look_snapshot();
	if (!report.whole)
		return NULL;
	report_look_add(false);
	snapshot_add_defined(report.whole, true);
	report.continues = 0;
	groups_each(look_whether_continues);
	groups_each(report_look_reported);
	return view(report.whole);
}

void report_snapshot_done(void)
{
	report_look_fold();
	report_look_close();
}

/* At the end all have one time together: one that is too slow leaves as much to
 * each behind it. */
static int patience_with(size_t i, int final)
{
	int count = 0;

	for (; final && i < report.reporters; i++)
		if (loader_at(i)->ops.report)
			count++;
	return report.patience() / (count ? count : 1);
}

int report_look_call(size_t i, struct snapshot *snapshot, int final)
{
	struct loader_reporter *r = loader_at(i);
	int error;

	if (!r->ops.report || !snapshot)
		return 0;
	error = r->ops.report(r->self, view(snapshot), final,
			      patience_with(i, final));
	if (error)
		log_warn("reporter %s: a report failed: error %d", r->name,
			 -error);
	return error;
}
