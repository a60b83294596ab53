/*
 * report_interval.c - reports to those who want them every now and then; and
 * how a group joins these reports.
 */
#include "runtime/group.h"
#include "runtime/group_marks.h"
#include "runtime/groups.h"
#include "runtime/report_look.h"

#include "runtime/batch.h"

static void look_whether_taken(void)
{
	report.splits |= report_look_is_taken();
}

void report_look_split(void)
{
	report.splits = false;
	if (groups_are_many())
		groups_each(look_whether_taken);
	if (report.splits)
		report.mine = report_look_snapshot();
}

/* Those whose time has come; at UINT64_MAX, all that have times. */
static void call_reporters(uint64_t now, struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < report.reporters; i++) {
		struct loader_reporter *r = loader_at(i);

		if (!r->next_report || r->next_report > now)
			continue;
		report.called[i] = true;
		report_look_call(i, snapshot, 0);
	}
}

void report_look_joined(void)
{
	group_here->fresh = false;
}

void report_look_join(void)
{
	if (!groups_are_many())
		return;
	report.continues = report.joins;
	if (report.splits) {
		call_reporters(UINT64_MAX, report.mine);
		report.continues = ++report.joins;
		call_reporters(UINT64_MAX, report.whole);
	}
	groups_each(report_look_joined);
}

static void look_whether_marked(void)
{
	report.continues |= group_is_marked(GROUP_REPORTED);
}

bool report_is_continued(void)
{
	report.continues = 0;
	groups_each(look_whether_marked);
	return report.continues;
}

void report_interval(uint64_t now, report_patience patience)
{
	report_look_open(patience);
	report.whole = report_look_snapshot();
	report_look_split();
	report_look_add(false);
	if (report.has_batch)
		batch_end();
	report_look_join();
	if (!report.splits)
		call_reporters(now, report.whole);
	report.splits = false;
	groups_each(report_look_reported);
	report_look_fold();
	report_look_close();
}
