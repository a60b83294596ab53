/*
 * report.c - one look at the segments of the group, and what is done with it.
 *
 * Reads each segment once, whatever is made of it.  Does not know when it is
 * time (exporter.c) nor how numbers are added up (metric/snapshot.c).
 */
#include "runtime/report.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sys.h"
#include "metric/snapshot.h"
#include "runtime/batch.h"
#include "runtime/figures.h"
#include "runtime/kin.h"
#include "runtime/loader.h"
#include "runtime/members.h"

#include <errno.h>
#include <fcntl.h>

static struct {
	report_patience patience;
	struct member *members;
	int count;
	bool has_batch;
	struct snapshot *snapshot;
	size_t reporters;
} report;

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

static bool somebody_takes_records(void)
{
	size_t i;

	for (i = 0; i < report.reporters; i++)
		if (loader_at(i)->takes_records)
			return true;
	return false;
}

static bool is_own(const struct member *member)
{
	const struct segment_header *own = segment_header();

	return own && segment_path() && member->pid == own->pid &&
	       member->n == own->generation;
}

static int add_to_snapshot(struct segment_image *image, const char *path)
{
	int error;

	figures_look(image, path);
	error = snapshot_add(report.snapshot, image);
	if (!error)
		figures_add(report.snapshot, image);
	return error;
}

static void add_image(struct segment_image *image, const char *path, bool own)
{
	int error = 0;

	if (report.has_batch)
		batch_add(image, path, own);
	if (report.snapshot)
		error = add_to_snapshot(image, path);
	if (error)
		log_warn("%s is not in the report: error %d",
			 path ? path : "this process", -error);
}

static void add_member(struct member *member)
{
	static char path[MEMBERS_PATH];
	struct segment_image image;
	bool own = is_own(member);
	int error;

	members_path(path, sizeof(path), member->pid, member->n);
	error = own ? segment_read_own(&image)
		    : segment_read_file(path, &image);
	if (!error)
		add_image(&image, path, own);
	else if (error != -ENOENT && error != -EAGAIN)
		log_warn("%s is left out: it is no sound segment (error %d)",
			 path, -error);
	segment_release(&image);
	member->done = true;
}

/* Where there is no file, there is no group either. */
static void add_private(void)
{
	struct segment_image image;

	if (segment_header() && !segment_path() &&
	    segment_read_own(&image) == 0) {
		add_image(&image, NULL, true);
		segment_release(&image);
	}
}

static void open_look(bool snapshot)
{
	report.count = 0;
	report.members = NULL;
	if (segment_path())
		report.count = members_read(&report.members);
	if (report.count < 0)
		report.count = 0;
	report.has_batch = false;
	report.snapshot = snapshot ? snapshot_new() : NULL;
	if (snapshot && !report.snapshot)
		segment_drop(DROP_MEMORY, 1);
}

static void open_report(report_patience patience, bool snapshot)
{
	report.patience = patience;
	report.reporters = loader_open();
	open_look(snapshot);
	report.has_batch =
		somebody_takes_records() && batch_begin(deliver) == 0;
}

static void add_all(bool mine_only)
{
	int i;

	add_private();
	for (i = 0; i < report.count; i++)
		if (report.members[i].mine || !mine_only)
			add_member(&report.members[i]);
}

static void close_report(void)
{
	if (report.snapshot)
		snapshot_free(report.snapshot);
	members_free(report.members, report.count);
	report.snapshot = NULL;
	report.members = NULL;
}

/* The dead write nothing more. */
static bool is_alone(void)
{
	int i;

	for (i = 0; i < report.count; i++)
		if (report.members[i].running && !is_own(&report.members[i]))
			return false;
	return true;
}

uint64_t report_records(report_patience patience, bool *alone)
{
	uint64_t total = 0;

	open_report(patience, false);
	*alone = is_alone();
	add_all(false);
	if (report.has_batch)
		total = batch_end();
	close_report();
	return total;
}

const struct telemetry_snapshot *report_snapshot(void)
{
	open_look(true);
	if (!report.snapshot)
		return NULL;
	add_all(false);
	return snapshot_view(report.snapshot);
}

void report_snapshot_done(void)
{
	close_report();
}

static int call_report(struct loader_reporter *r, int final)
{
	int error;

	if (!r->ops.report || !report.snapshot)
		return 0;
	error = r->ops.report(r->self, snapshot_view(report.snapshot), final,
			      report.patience());
	if (error)
		log_warn("reporter %s: a report failed: error %d", r->name,
			 -error);
	return error;
}

void report_interval(uint64_t now, report_patience patience)
{
	size_t i;

	open_report(patience, true);
	add_all(false);
	if (report.has_batch)
		batch_end();
	for (i = 0; i < report.reporters; i++) {
		struct loader_reporter *r = loader_at(i);

		if (r->next_report && r->next_report <= now)
			call_report(r, 0);
	}
	close_report();
}

/* What has been reported for good: not those that still run. */
static void unlink_done(void)
{
	static char path[MEMBERS_PATH];
	int i;

	for (i = 0; i < report.count; i++) {
		const struct member *member = &report.members[i];

		if (!member->done || member->running || is_own(member))
			continue;
		members_path(path, sizeof(path), member->pid, member->n);
		sys_unlinkat(AT_FDCWD, path, 0);
	}
}

bool report_final(report_patience patience)
{
	bool in_time = true;
	size_t i;

	open_report(patience, true);
	kin_claim(report.members, report.count);
	add_all(true);
	if (report.has_batch)
		batch_end();
	for (i = 0; i < report.reporters; i++)
		if (call_report(loader_at(i), 1) == -ETIMEDOUT)
			in_time = false;
	/* What somebody was too slow to take is there for the next report. */
	if (in_time)
		unlink_done();
	else
		members_prune(MEMBERS_ABANDONED);
	close_report();
	loader_close();
	return in_time;
}

void report_nothing(void)
{
	int i;

	open_report(NULL, false);
	kin_claim(report.members, report.count);
	for (i = 0; i < report.count; i++)
		report.members[i].done = report.members[i].mine;
	unlink_done();
	close_report();
}
