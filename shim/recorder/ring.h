/*
 * ring.h - the last spans and events of each thread, in the segment.
 *
 * Fixed-size records; the newest overwrites the oldest.  One writer per ring
 * (an owner's thread, under the guard), any number of readers in any process,
 * who detect being overrun: a record's `sequence` is 0 while it is written and
 * its number + 1 once complete; `started` has that number from before the first
 * change.  A copy taken in order of addresses in which the two agree is whole.
 */
#ifndef SHIM_RECORDER_RING_H
#define SHIM_RECORDER_RING_H

#include "base/compiler.h"
#include "base/segment.h"
#include "event/known.h"

#define RING_RECORDS 256 /* per thread, a power of two: 32 KiB */
#define RING_SLOTS 9

/* One field, or the upper half of the 64-bit one before it. */
struct ring_slot {
	uint32_t key : 24;  /* string block; ids beyond 24 bits do not fit */
	uint32_t type : 5;  /* enum ring_type */
	uint32_t flags : 3; /* RING_MEASUREMENT */
	uint32_t value;
};

enum ring_type {
	RING_NONE,
	RING_STRING, /* id of a string block */
	RING_U32,
	RING_I32,
	RING_BOOL,
	RING_U64, /* low half here, high half in the next slot */
	RING_I64,
	RING_DOUBLE, /* bits, low half first */
	RING_UPPER,
};

#define RING_MEASUREMENT 1
#define RING_TRUNCATED 1 /* ring_record.flags */

struct ring_record { /* 128 bytes: two cache lines */
	uint64_t sequence;
	uint64_t start;	   /* ns, CLOCK_MONOTONIC */
	uint64_t duration; /* ns */
	uint64_t span_id;
	uint64_t parent_span_id;
	uint32_t name; /* string block: of the span, or of the event */
	uint32_t thread;
	struct ring_slot slots[RING_SLOTS];
	uint8_t kind;  /* enum telemetry_record_kind */
	uint8_t flags; /* RING_TRUNCATED */
	uint8_t reserved[2];
	uint32_t started; /* low half of the sequence to come; last word */
};

/* Body of a SEGMENT_RING block. */
struct ring {
	uint64_t head; /* records written so far; release */
	uint32_t capacity;
	uint32_t thread; /* present writer */
	/* Records delivered by exporters, in whatever process: written by the
	 * one that holds the group's lock only. */
	uint64_t taken;
	uint64_t ready; /* the writer's: records that have memory */
	uint64_t reserved[2];
	struct ring_record records[];
};

/* Handler: writes the occurrence into the ring of this thread. */
void ring_write(const struct occurrence *occurrence, void *config);

/* known_prepare of ring_write(); ring_known.c. */
bool ring_prepare(const struct occurrence *occurrence, void *config,
		  struct known_step *step, void *room);

/* Makes the next record ready; false: no memory for it (counted). */
bool ring_make_room(struct ring *ring);

/* The ring that a thread writes, NULL before its first record. */
struct thread;
struct ring *ring_of(const struct thread *thread);

/* Subscribes to every span end (and single event) whose name matches one of
 * the comma separated globs; the last one that matches decides, and a leading
 * '-' removes.  A span is known by its own name and by those of its ends. */
void recorder_start(const char *patterns);
void recorder_after_fork(void);

/* Of the rings of an image: those alone in which there is something new, or
 * none. */
extern const struct segment_excerpt ring_news, ring_none;

/*
 * Reading: for each complete record of a ring not yet seen, oldest first.
 * *seen is the reader's place in it (0 at first) and is moved on; returns how
 * many were lost in between.
 */
uint64_t ring_read(const struct segment_image *image,
		   const struct segment_block *block, uint64_t *seen,
		   void (*fn)(const struct segment_image *image,
			      const struct ring_record *record, void *arg),
		   void *arg);

#endif
