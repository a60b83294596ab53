/*
 * report_open.c - opens and closes a look at the group: what is looked at, and
 * what is kept until the next look.
 */
#include "runtime/report_look.h"

#include "base/arena.h"
#include "base/sys.h"
#include "runtime/batch.h"
#include "runtime/group.h"
#include "runtime/group_life.h"
#include "runtime/group_marks.h"
#include "runtime/groups.h"
#include "runtime/watched.h"

#include <errno.h>
#include <string.h>

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

/* By one that this process has not met: a child that went its own way. */
static bool is_written_meanwhile(void)
{
	const struct retained *retained = &group_here->look.retained;

	return retained->bytes && !retained->of_another_boot &&
	       retained->written >= segment_process_start();
}

/* What the dead add up to is of no use to a look at the rings, unless somebody
 * is to be folded; or a group, which only --all has. */
static void open_again(void)
{
	if (report.watches)
		upkeep_open_watched(&group_here->look, !groups_are_many());
	else
		upkeep_open(&group_here->look);
}

/* The first look of this process tells whether what it finds is of this life of
 * the group. */
static void open_look(void)
{
	uint32_t pid = (uint32_t)sys_getpid();

	if (group_here->living == pid) {
		open_again();
		return;
	}
	upkeep_open(&group_here->look);
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
	report.reporters = loader_count();
	report_look_open_groups();
	report.continues = group_here->continues;
	report.has_batch = report_look_takes_records() &&
			   batch_begin(deliver, report.room) == 0;
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
}

void report_rest(void)
{
	report.is_busy = false;
	watched_end(true);
	arena_trim();
}

void report_after_fork(void)
{
	/* What the parent was about to report is the parent's, in whatever
	 * state it is. */
	report.whole = report.mine = NULL;
	report.has_batch = report.splits = false;
	memset(report.called, 0, sizeof(report.called));
	report.is_busy = report.watches = false;
	watched_after_fork();
}
