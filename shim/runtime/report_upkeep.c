/*
 * report_upkeep.c - folds what has died, after a report or where none is often
 * enough.
 */
#include "runtime/group.h"
#include "runtime/groups.h"
#include "runtime/report_look.h"

#define UPKEEP_OFTEN 1000000000ull
#define UPKEEP_SELDOM 60000000000ull
/* The same where short processes may come at any time, and nobody tells. */
#define UPKEEP_HOST 4000000000ull

static void fold(void)
{
	report.folded +=
		upkeep_fold(&group_here->look, report_look_takes_records());
}

/* Where nobody sends differences, nothing is there to join. */
static bool somebody_pushes(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++) {
		struct loader_reporter *r = loader_at(i);

		if (r->ops.report && r->ops.interval &&
		    r->ops.interval(r->self) > 0)
			return true;
	}
	return false;
}

int report_look_fold(void)
{
	report.folded = 0;
	if (!somebody_pushes())
		groups_each(report_look_joined);
	groups_each(fold);
	groups_end();
	return report.folded;
}

bool report_look_is_alone(void)
{
	return !report.hosts && upkeep_is_alone(&group_here->look);
}

uint64_t report_upkeep(uint64_t now)
{
	static uint64_t next, pause = UPKEEP_OFTEN;
	uint64_t longest = report.hosts ? UPKEEP_HOST : UPKEEP_SELDOM;
	bool alone;

	if (now < next)
		return next;
	report.reporters = loader_count();
	report.has_batch = false;
	report_look_open_groups();
	alone = report_look_is_alone();
	pause = report_look_fold() ? UPKEEP_OFTEN : pause * 2;
	if (pause > longest)
		pause = longest;
	report_look_close();
	if (alone)
		pause = UPKEEP_OFTEN;
	next = alone ? 0 : now + pause;
	if (next > groups_next())
		next = groups_next();
	return alone ? UINT64_MAX : next;
}
