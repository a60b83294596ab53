/*
 * report_look.h - one look at the group: for report.c and report_last.c only.
 */
#ifndef SHIM_RUNTIME_REPORT_LOOK_H
#define SHIM_RUNTIME_REPORT_LOOK_H

#include "metric/snapshot.h"
#include "runtime/loader.h"
#include "runtime/report.h"
#include "runtime/upkeep.h"

struct report {
	report_patience patience;
	struct upkeep_look look;
	bool has_batch;
	/* Of all, and of what is for this process to report. */
	struct snapshot *whole, *mine;
	size_t reporters;
	bool called[LOADER_REPORTERS_MAX]; /* at an interval */
	bool continues;	 /* an earlier exporter has reported */
	bool marked;	 /* and the next one will know it of this one */
	bool hosts;	 /* this is telemetry-host */
	uint32_t living; /* pid that has asked whether the group lives on */
};

extern struct report report;

/* Opens the reporters and looks at the group; then the snapshots wanted are to
 * be set. */
void report_look_open(report_patience patience);
void report_look_close(void);
/* After a look at everything: what is of the dead need not be read again. */
int report_look_fold(void);
/* NULL: no memory, counted. */
struct snapshot *report_look_snapshot(void);
/* Reads the members, or those that are for this process to report, and what is
 * retained, into the snapshots and the batch that there are. */
void report_look_add(bool mine_only);
/* Calls a reporter; its result. */
int report_look_call(size_t reporter, struct snapshot *snapshot, int final);

#endif
