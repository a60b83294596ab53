/*
 * report_look.h - one look at the group: for report_*.c only.
 */
#ifndef SHIM_RUNTIME_REPORT_LOOK_H
#define SHIM_RUNTIME_REPORT_LOOK_H

#include "metric/snapshot.h"
#include "runtime/loader.h"
#include "runtime/report.h"
#include "runtime/upkeep.h"

struct report {
	report_patience patience;
	bool has_batch;
	/* Of all, and of what is for this process to report. */
	struct snapshot *whole, *mine;
	size_t reporters;
	bool called[LOADER_REPORTERS_MAX]; /* at an interval */
	bool hosts;			   /* this is telemetry-host */
	bool mine_only;			   /* of the members */
	bool is_busy;			   /* there were records lately */
	uint32_t calm;			   /* looks since then */
	bool watches;			   /* this is a look at rings alone */
	uint64_t room;			   /* of one ring (batch.h) */
	bool splits;	    /* `mine` is all but the groups that join now */
	uint32_t joins;	    /* how often some have */
	uint32_t continues; /* as reporters see it */
	int folded;
};

extern struct report report;

/* Opens the reporters and looks at the group; then the snapshots wanted are to
 * be set. */
void report_look_open(report_patience patience);
void report_look_close(void);
/* The first step of opening, without the reporters. */
void report_look_open_groups(void);
/* Does any of them take records? */
bool report_look_takes_records(void);
/* With a look open: may this process sleep until it has forked? */
bool report_look_is_alone(void);
/* After a look at everything: what is of the dead need not be read again. */
int report_look_fold(void);
/* NULL: no memory, counted. */
struct snapshot *report_look_snapshot(void);
/* Reads the members, or those that are for this process to report, and what is
 * retained, into the snapshots and the batch that there are. */
void report_look_add(bool mine_only);
/* telemetry-host --all: is it a group that joins now, and that somebody else
 * has reported so far? */
bool report_look_is_taken(void);
/* If there are any: a report without them, then one with them, which reporters
 * of differences take for what is known.  Around report_look_add(). */
void report_look_split(void);
void report_look_join(void);
/* The group is in the reports from now on. */
void report_look_joined(void);
/* For the next exporter of this group, while it lives. */
void report_look_reported(void);
/* Calls a reporter; its result. */
int report_look_call(size_t reporter, struct snapshot *snapshot, int final);

#endif
