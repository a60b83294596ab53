/*
 * report_last.c - the last report of a process, and what becomes of the files.
 *
 * Who does what with what a process leaves behind:
 *
 *   The exporter of a group, while it holds the lock, shows its reporters all
 *   members and what is retained, and folds the dead into what is retained, a
 *   bounded number at a time (upkeep.c).
 *
 *   A process that ends while somebody else exports, or while an ancestor of
 *   the group runs, leaves its segment to them.
 *
 *   A process that ends otherwise makes the last report of its own: of itself,
 *   of the dead that are its to report (kin.h), and of what is retained and in
 *   no last report yet.  A reporter that it has called at an interval before
 *   is shown the whole group once more.  Afterwards:
 *     - nobody else runs: the group ends, and all of its files go;
 *     - others run, and some reporter listens or reports at an interval: what
 *       has been reported is marked as that (SEGMENT_REPORTED) and stays for
 *       the next exporter, so that no counter of the group goes back;
 *     - others run, but reporters are called at the end only: it goes.
 *
 *   One that cannot enter the group's folder any more (it has changed its user
 *   or its root) leaves its segment to the parent that forked it, if that still
 *   runs; otherwise it reports itself from its own memory and marks it.
 */
#include "runtime/report_look.h"

#include "runtime/batch.h"
#include "runtime/group.h"
#include "runtime/group_marks.h"
#include "runtime/groups.h"
#include "runtime/kin.h"

#include <errno.h>
#include <string.h>

static bool somebody_was_called(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++)
		if (report.called[i])
			return true;
	return false;
}

/* Is there somebody to whom a counter that goes back would be visible? */
static bool is_watched(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++) {
		struct loader_reporter *r = loader_at(i);

		if (r->ops.wait || report.called[i] ||
		    (r->ops.interval && r->ops.interval(r->self) > 0))
			return true;
	}
	return group_here->look.retained.part_count != 0;
}

static void end_life(void)
{
	upkeep_end_life(&group_here->look);
	group_unmark(GROUP_REPORTED);
}

static void settle(void)
{
	if (group_here->look.closed)
		segment_mark_reported();
	else if (upkeep_is_last(&group_here->look))
		end_life();
	else if (is_watched())
		upkeep_keep_reported(&group_here->look);
	else
		upkeep_unlink_done(&group_here->look);
}

bool report_final(report_patience patience)
{
	bool in_time = true, whole;
	size_t i;

	report_look_open(patience);
	kin_claim(group_here->look.members, group_here->look.count);
	whole = somebody_was_called();
	report.mine = report_look_snapshot();
	if (whole)
		report.whole = report_look_snapshot();
	report_look_add(!whole);
	if (report.mine)
		snapshot_add_defined(report.mine, false);
	if (report.whole)
		snapshot_add_defined(report.whole, true);
	if (report.has_batch)
		batch_end();
	for (i = 0; i < report.reporters; i++)
		if (report_look_call(
			    i, report.called[i] ? report.whole : report.mine,
			    1) == -ETIMEDOUT)
			in_time = false;
	/* What somebody was too slow to take is there for the next report. */
	if (in_time)
		settle();
	else
		members_prune(MEMBERS_ABANDONED);
	memset(report.called, 0, sizeof(report.called));
	report_look_close();
	loader_close();
	return in_time;
}

/* The next one goes on from here. */
static void mark_reported(void)
{
	group_mark(GROUP_REPORTED);
}

void report_host_ends(report_patience patience)
{
	size_t i;

	report_look_open(patience);
	report.whole = report_look_snapshot();
	report_look_split();
	report_look_add(false);
	if (report.whole)
		snapshot_add_defined(report.whole, true);
	if (report.has_batch)
		batch_end();
	report_look_join();
	report.splits = false;
	for (i = 0; i < report.reporters; i++)
		report_look_call(i, report.whole, 1);
	groups_each(mark_reported);
	report_look_fold();
	report_look_close();
	loader_close();
}

void report_release(void)
{
	struct upkeep_look *look = &group_here->look;
	int i;

	upkeep_open(look);
	for (i = 0; i < look->count; i++)
		look->members[i].done = true;
	if (upkeep_is_alone(look))
		end_life();
	upkeep_close(look);
}

void report_nothing(void)
{
	struct member *list;
	int i;

	report_look_open(NULL);
	list = group_here->look.members;
	kin_claim(list, group_here->look.count);
	for (i = 0; i < group_here->look.count; i++)
		list[i].done = list[i].mine;
	if (upkeep_is_last(&group_here->look))
		end_life();
	else
		upkeep_unlink_done(&group_here->look);
	report_look_close();
}
