/*
 * report.c - one look at the segments of the group, and what is done with it.
 *
 * Reads each segment once, whatever is made of it.  Does not know when it is
 * time (exporter.c) nor how numbers are added up (metric/snapshot.c).
 * The last report of a process is report_last.c's.
 */
#include "runtime/report.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/sys.h"
#include "recorder/ring.h"
#include "runtime/batch.h"
#include "runtime/figures.h"
#include "runtime/group_life.h"
#include "runtime/group.h"
#include "runtime/group_marks.h"
#include "runtime/groups.h"
#include "runtime/report_look.h"

#include <errno.h>

struct report report;

static void deliver(const struct telemetry_batch *batch)
{
	size_t i;

	for (i = 0; i < report.reporters; i++) {
		struct loader_reporter *r = loader_at(i);

		if (!r->takes_records)
			continue;
		if (r->ops.records(r->self, batch, report.patience()) ==
		    -EOPNOTSUPP)
			r->takes_records = false;
	}
}

bool report_look_takes_records(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++)
		if (loader_at(i)->takes_records)
			return true;
	return false;
}

/* Reporters that are called at the end want what nobody has reported yet. */
static bool somebody_reports(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++)
		if (loader_at(i)->takes_records || loader_at(i)->ops.report)
			return true;
	return false;
}

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
	int error;

	if (report.has_batch)
		batch_add(image, path, own, !member || member->alive);
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

static const struct segment_brief *rings_wanted(void)
{
	return report.has_batch ? &ring_news : &ring_none;
}

static void add_member(struct member *member)
{
	static LARGE char path[MEMBERS_PATH];
	struct segment_image image;
	bool own = members_is_own(member);
	int error;

	members_path(path, sizeof(path), member->pid, member->n);
	error = own ? segment_read_own_briefly(&image, rings_wanted())
		    : segment_read_file_briefly(path, &image, rings_wanted());
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
	if (segment_read_own_briefly(&image, rings_wanted()) == 0)
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

static void add_group(void)
{
	struct member *list = group_here->look.members;
	int i;

	add_retained();
	for (i = 0; i < group_here->look.count; i++)
		if (!list[i].folded && (list[i].mine || !report.mine_only))
			add_member(&list[i]);
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

/* By one that this process has not met: a child that went its own way. */
static bool is_written_meanwhile(void)
{
	const struct retained *retained = &group_here->look.retained;

	return retained->bytes && retained->written >= segment_process_start();
}

/* The first look of this process tells whether what it finds is of this life of
 * the group. */
static void open_look(void)
{
	uint32_t pid = (uint32_t)sys_getpid();

	upkeep_open(&group_here->look);
	if (group_here->living == pid)
		return;
	group_here->living = pid;
	group_here->continues = group_here->marked = group_here->look.closed;
	if (group_here->look.closed)
		return;
	if (is_written_meanwhile() ||
	    group_life_continues(group_here->look.members,
				 group_here->look.count)) {
		group_here->continues = group_is_marked(GROUP_REPORTED);
	} else {
		upkeep_begin_life(&group_here->look, !somebody_reports());
		group_unmark(GROUP_REPORTED);
	}
	group_here->marked = group_here->continues;
}

void report_look_open_groups(void)
{
	groups_look();
	groups_each(open_look);
	groups_settle();
}

void report_look_reported(void)
{
	if (!group_here->marked && (segment_path() || report.hosts))
		group_here->marked = group_mark(GROUP_REPORTED) == 0;
}

void report_look_open(report_patience patience)
{
	report.patience = patience;
	report.reporters = loader_open();
	report_look_open_groups();
	report.continues = group_here->continues;
	report.has_batch =
		report_look_takes_records() && batch_begin(deliver) == 0;
}

static void close_look(void)
{
	upkeep_close(&group_here->look);
}

void report_look_close(void)
{
	snapshot_free(report.whole);
	snapshot_free(report.mine);
	report.whole = report.mine = NULL;
	groups_each(close_look);
	/* While there is news, the next look needs as much. */
	if (!report.is_busy)
		arena_trim();
	report.is_busy = false;
}

/* ---- while the process lives on ---------------------------------------- */

void report_for_host(void)
{
	report.hosts = true;
}

uint64_t report_records(report_patience patience, bool *alone)
{
	uint64_t total = 0;

	report_look_open(patience);
	*alone = report_look_is_alone();
	report_look_add(false);
	if (report.has_batch)
		total = batch_end();
	report_look_fold();
	report.is_busy = total != 0;
	report_look_close();
	return total;
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
	report.reporters = loader_open();
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

int report_look_call(size_t i, struct snapshot *snapshot, int final)
{
	struct loader_reporter *r = loader_at(i);
	int error;

	if (!r->ops.report || !snapshot)
		return 0;
	/* One that is too slow leaves as much to each behind it. */
	error = r->ops.report(r->self, view(snapshot), final,
			      report.patience() / (int)(report.reporters - i));
	if (error)
		log_warn("reporter %s: a report failed: error %d", r->name,
			 -error);
	return error;
}
