/*
 * exporter_thread.h - what the exporter's thread shares with those who start it
 * and wait for it.  For exporter*.c and standby.c only.
 *
 *   NONE --start--> RUNNING --stop, or nothing to do--> NONE
 *                      \------finish: last report-----> NONE
 *
 * `thread` changes by compare-and-exchange from NONE: whoever succeeds makes
 * the thread, or is it.  Bits of `request` are only taken back by the thread.
 */
#ifndef SHIM_RUNTIME_EXPORTER_THREAD_H
#define SHIM_RUNTIME_EXPORTER_THREAD_H

#include "base/compiler.h"
#include "recorder/ring.h"
#include "runtime/config.h"
#include "runtime/exporter_sleep.h"

#define MS 1000000ull		  /* in ns */
#define EXPORTER_PAUSE (100 * MS) /* between looks at the rings, with traffic */

/* While rings overflow: it then takes a thousandth of a processor. */
#define EXPORTER_SPARING 1000
#define EXPORTER_PAUSE_MOST (1000 * MS)

enum { EXPORTER_NONE, EXPORTER_RUNNING };
enum { REQUEST_STOP = 1, REQUEST_FINISH = 2, REQUEST_LOOK = 4 };

struct exporter {
	const struct config *config;
	uint32_t thread;   /* EXPORTER_NONE, EXPORTER_RUNNING; futex */
	uint32_t tid;	   /* of the thread, or of the last one */
	uint32_t request;  /* bits; the thread sleeps on it */
	uint32_t finished; /* the last report is made or given up; futex */
	uint32_t loading;  /* inside the dynamic linker; futex */
	bool polling;	   /* in ppoll(), and not on a futex */
	bool asleep;	   /* until further notice */
	bool alone;	   /* nobody else is in the group */
	bool main_began, quiet, ending;
	bool hosts;	/* this is telemetry-host (exporter_host.c) */
	bool hosted;	/* the group was its, when that could last be seen */
	bool impatient; /* no ancestor has begun to export for long */
	/* A reporter may; found not to, exporter_pending is 0. */
	bool wants_live;
	bool listens;	 /* a reporter does, from the beginning of main */
	uint32_t status; /* of exit() */
	uint64_t next_look, deadline; /* clock_ns() */
	uint64_t look_pause;	      /* to the look after the next */
};

extern struct exporter exporter;

/* Start routine of the thread; `thread` has been claimed for it. */
void *exporter_run(void *unused);
/* From EXPORTER_NONE to EXPORTER_RUNNING; false if somebody else did it. */
bool exporter_claim(void);

/* How long a reporter may take, in ms: there is a deadline once somebody waits
 * for the last report. */
int exporter_patience(void);
/* Does what is due; when to come again.  *pause: begins as EXPORTER_PAUSE. */
uint64_t exporter_round(uint64_t *pause);

/* So many records in a ring would all have been read by the usual looks, since
 * the one `since` ns before.  The usual ones are not more often than that. */
static inline uint64_t exporter_room(uint64_t since)
{
	uint64_t ms = since / MS, usual = EXPORTER_PAUSE / MS;

	return ms > usual ? RING_RECORDS * ms / usual : RING_RECORDS;
}

/*
 * The pause behind a look, which took that long, that found records; `most` and
 * `whole` as in struct report_news.  With more in one ring than the usual pause
 * leaves time for, what is handed on of it is a sample, however often one
 * looks, and the numbers of events and bytes are in the metrics: so looks are
 * as rare as makes them cheap.  But not rarer than the rings of which all is
 * handed on fill their half.  A thread that comes and fills caches costs the
 * program more than its own time says (tests/bench/README.md).
 */
static inline uint64_t exporter_pause(uint64_t most, uint64_t whole,
				      uint64_t since, uint64_t took)
{
	uint64_t pause = took * EXPORTER_SPARING, half;

	if (most <= exporter_room(since))
		return EXPORTER_PAUSE;
	if (pause > EXPORTER_PAUSE_MOST)
		pause = EXPORTER_PAUSE_MOST;
	half = whole ? since / whole * (RING_RECORDS / 2) : pause;
	if (pause > half)
		pause = half;
	return pause > EXPORTER_PAUSE ? pause : EXPORTER_PAUSE;
}

/* How many; opens them if they are not. */
size_t exporter_open_reporters(void);
/* Of a process that ends, by whoever has the group's lock; or hands over to
 * those who live on. */
void exporter_last_report(void);

#endif
