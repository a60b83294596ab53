/*
 * report.h - one look at the segments of the group, and what is done with it.
 *
 * On the exporter's thread only, with the reporters open.
 */
#ifndef SHIM_RUNTIME_REPORT_H
#define SHIM_RUNTIME_REPORT_H

#include "base/compiler.h"
#include "telemetry/reporter.h"

/* What a reporter may still take, in ms; asked before each call. */
typedef int (*report_patience)(void);

/* What a look at the rings has found. */
struct report_news {
	uint64_t records;
	uint64_t most;	/* in one ring, those that are lost among them */
	uint64_t whole; /* the same of the rings that had room for theirs */
	bool alone;	/* nobody else records */
};

/* Hands the records of the whole group that are new to those reporters that
 * take them.  room: of one ring, batch.h. */
struct report_news report_records(report_patience patience, uint64_t room);

/* Of what looks keep while there is news nothing stays.  Before the thread
 * ends, or does something else. */
void report_rest(void);
/* In the child of a fork, which may have come in the middle of a look. */
void report_after_fork(void);

/* Has an earlier exporter reported what this one will?  Then who sends
 * differences begins at once: what comes before its first report is not in
 * any. */
bool report_is_continued(void);

/* A report at its interval, to each reporter whose time has come. */
void report_interval(uint64_t now, report_patience patience);

/* This is telemetry-host: the group is its own until told otherwise, so that
 * neither what is retained nor the looks for the dead end with the others. */
void report_for_host(void);

/* Folds what has died, where no report does it often enough; at most once a
 * second, seldom if nothing dies.  When to come again; UINT64_MAX if nobody
 * else is in the group. */
uint64_t report_upkeep(uint64_t now);

/* A look at the whole group for a reporter that was asked, with no part in the
 * reports above and not during one.  NULL: no memory.  Valid until
 * report_snapshot_done(), which must follow in either case. */
const struct telemetry_snapshot *report_snapshot(void);
void report_snapshot_done(void);

/* The last report of this process: of all that it has to report for (kin.h).
 * The files of those that are dead are gone afterwards.  False: a reporter was
 * too slow, and all of them stay. */
bool report_final(report_patience patience);

/* The last report of telemetry-host: of the whole group, which lives on. */
void report_host_ends(report_patience patience);
/* Nobody will report this group any more: if nobody runs, all of it goes. */
void report_release(void);

/* The same without any reporter: nobody will want them any more. */
void report_nothing(void);

#endif
