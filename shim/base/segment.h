/*
 * segment.h - the file in shared memory that holds all that a process records.
 *
 * An append-only row of typed blocks behind a header.  Blocks are referred to
 * by id, their offset divided by 16; there are no pointers in it, so any
 * process that may read the file can.  A block is complete before
 * `header.used` is advanced over it (release; readers acquire), and never
 * moves or goes away.
 *
 *   <TELEMETRY_DIR or /dev/shm/telemetry-<euid>>/<group>/<pid>.<n>
 *
 * Directories are 0700 and ours, files 0600; O_NOFOLLOW; anything else, and a
 * full tmpfs, RLIMIT_FSIZE or no such directory, means private memory instead
 * (one line in the log), and nobody else can read it.  Chunks are reserved
 * with fallocate() before they are touched: a page fault on a full tmpfs would
 * be a SIGBUS in the host.  No descriptor stays open.
 *
 * This layer knows kinds of blocks, not their meaning; the layouts of the
 * bodies stand in metric/cells.h, recorder/ring.h and wrap/heap.h.
 */
#ifndef SHIM_BASE_SEGMENT_H
#define SHIM_BASE_SEGMENT_H

#include "base/compiler.h"

#define SEGMENT_MAGIC 0x314d485359524c54ull /* "TLRYSHM1", little endian */
#define SEGMENT_VERSION 4
#define SEGMENT_UNIT 16

enum segment_kind {
	SEGMENT_STRING = 1, /* struct segment_string */
	SEGMENT_METRIC,	    /* metric/: one definition */
	SEGMENT_SERIES,	    /* metric/: one tag set of a metric */
	SEGMENT_CELL,	    /* metric/: a page of one thread's cells */
	SEGMENT_RING,	    /* recorder/: one thread's last spans */
	SEGMENT_HEAP,	    /* wrap/: one thread's heap counters */
	SEGMENT_MORE,	    /* nothing: the next block begins behind it */
};

enum segment_state {
	SEGMENT_RUNNING = 1,
	SEGMENT_LEFT,	  /* the process said goodbye: exit, exec */
	SEGMENT_RETAINED, /* what dead processes of a kind add up to */
	SEGMENT_REPORTED, /* left or retained, and in a last report already */
};

/* Every reason for which something is not in the numbers.  The texts
 * (drop_reason_name) are the `reason` tag of telemetry.dropped. */
enum drop_reason {
	DROP_NESTED,	 /* event inside our own work */
	DROP_MEMORY,	 /* the memory limit, or no memory */
	DROP_SERIES,	 /* went to an overflow series */
	DROP_LOCK,	 /* a lock was not to be had in time */
	DROP_VALUE,	 /* a measurement was missing or no number */
	DROP_TAG,	 /* a tag was missing (sample kept, tag "") */
	DROP_RING,	 /* overwritten before it was read */
	DROP_FIELD,	 /* a field did not fit into a ring record */
	DROP_DEPTH,	 /* spans nested deeper than a thread remembers */
	DROP_HANDLER,	 /* a handler failed and was detached */
	DROP_NEGATIVE,	 /* negative increment of a counter */
	DROP_DESCRIPTOR, /* descriptor number beyond the table */
	DROP_PROVIDER,	 /* more copies of a library than clones */
	DROP_TEXT,	 /* a text too long or too many of them */
	DROP_SEGMENT,	 /* a corrupt segment was left out (exporter) */
	DROP_QUARANTINE, /* a handler in quarantine was not called */
	DROP_FUNCTION,	 /* a function of a metric's definition failed */
	DROP_FIGURE,	 /* /proc did not say what was asked of a process */
	DROP_TICK,	 /* a poller came too late for it */
	DROP_REASONS,
};

/* What a process has used since its start. */
struct segment_usage {
	uint64_t user, system; /* ns of processor time */
	uint64_t minor_faults, major_faults;
	uint64_t voluntary, involuntary; /* context switches */
};

struct segment_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size; /* of this header: the offset of the first block */
	uint64_t used; /* bytes filled with complete blocks, header included */
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t generation; /* n of the file name: execs and forks of a pid */
	uint32_t state;	     /* enum segment_state */
	uint64_t started_monotonic; /* ns, CLOCK_MONOTONIC */
	uint64_t started_boottime;  /* ns, timens_boottime(): compared with
				     * /proc/<pid>/stat to tell a reused pid */
	uint64_t started_wall;	    /* ns since the epoch */
	uint64_t left_monotonic;    /* when state became SEGMENT_LEFT, else 0 */
	uint32_t executable;	    /* string: path */
	uint32_t service;	    /* string: service.name */
	uint32_t build_id;	    /* string: hexadecimal, 0 if unknown */
	uint32_t exit_status;	    /* as passed to exit(); LEFT only */
	uint64_t dropped[DROP_REASONS];
	uint64_t namespace;  /* of pids: inode of /proc/self/ns/pid, or 0 */
	uint32_t processes;  /* that are added up here; 0 is 1 */
	uint32_t attributes; /* string: of the resource, as in the variable */
	uint64_t called;     /* not 0: the exporter looks for a standby */
	int64_t monotonic_offset; /* of its CLOCK_MONOTONIC: timens.h */
	/* Before this program began in the process (exec): not in `usage`. */
	struct segment_usage usage_before;
	/* By the last look at it: an exporter's, or its own when it left (all
	 * 0: nobody looked).  So it is known of one that crashed, too. */
	struct segment_usage usage;
};

struct segment_block {
	uint32_t kind;	/* enum segment_kind */
	uint32_t size;	/* bytes, this header included; multiple of 16 */
	uint32_t owner; /* thread id of the (first) writer, or 0 */
	uint32_t link;	/* id of the block it belongs to, or 0 */
			/* body follows, 16-byte aligned */
};

struct segment_string {
	uint32_t length;
	uint32_t reserved;
	char text[]; /* not terminated */
};

/* Where and how; strings are borrowed for ever.  Called once, before the first
 * segment_alloc().  dir NULL: the default place. */
struct segment_options {
	const char *dir;
	char group[17]; /* hexadecimal hash of the configuration */
	uint64_t limit; /* bytes per process */
	const char *executable, *service, *build_id;
	const char *attributes; /* OTEL_RESOURCE_ATTRIBUTES */
};
void segment_configure(const struct segment_options *options);

/* A new block with a zeroed body of `size` bytes, or NULL (counted in
 * DROP_MEMORY or DROP_LOCK).  Creates the segment when it is the first.
 * Under the re-entry guard only.  Returns the body. */
void *segment_alloc(enum segment_kind kind, uint32_t size, uint32_t owner,
		    uint32_t link);
/* The same, the block at a cache line, and with memory for the `first` bytes of
 * the body at least; before any behind them is touched, segment_room() must
 * have said that there is memory for so many.  False: not now. */
void *segment_alloc_part(enum segment_kind kind, uint32_t size, uint32_t first,
			 uint32_t owner, uint32_t link);
bool segment_room(const void *body, uint32_t size);
/* Before the kernel may kill for a system call: memory for all that is to have
 * some, and a little more; what is not enough then is dropped.  Until a fork.
 * Under the re-entry guard. */
void segment_settle(void);
/* Of this process's segment: where memory is missing next, at or behind the
 * offset `at`, and where that ends.  What is missing reads as 0. */
uint64_t segment_gap(uint64_t at, uint64_t *end);
/* Creates the segment, if there is none; false: there is none, or its lock was
 * not to be had.  Under the re-entry guard. */
bool segment_make(void);
/* The id of the block with this body; 0 for NULL. */
uint32_t segment_id(const void *body);
/* The body of a block of this process; NULL for id 0. */
void *segment_body(uint32_t id);
/* A string block; no interning here (event/symbol.c does that).  0 if none. */
uint32_t segment_put_string(const char *text, size_t length);

/* Counts a drop: atomic, callable from anywhere, before the segment exists. */
void segment_drop(enum drop_reason reason, uint64_t count);
const char *drop_reason_name(enum drop_reason reason);

/* Path of this process's file; NULL when memory is private or not yet made. */
const char *segment_path(void);
/* Directory of the group ("<dir>/<group>"), whether it exists or not. */
const char *segment_directory(void);
/* From now on that is this one, which is borrowed; NULL: this process's own.
 * For who looks into several groups; segments are made in its own anyway. */
void segment_choose_directory(const char *directory);
bool segment_directory_is_own(void);
/* Increases with each segment of this process (forks): ids of an older
 * generation mean nothing. */
uint32_t segment_generation(void);
/* This process's header, or NULL. */
struct segment_header *segment_header(void);
/* Is it this process's, or a copy of it?  A file of another group may have the
 * same name. */
bool segment_is_own(const struct segment_header *header);
/* Marks it LEFT; with `remove` the file is unlinked too. */
void segment_leave(uint32_t exit_status, bool remove);
/* In a last report: it leaves with that mark, and its file stays. */
void segment_mark_reported(void);
/* In the child of a fork: the mapping is the parent's.  Lets go of it; the
 * next segment_alloc() makes a new file.  The old mapping stays, so that
 * pointers into it are no danger, until segment_forget_parent(). */
void segment_after_fork(void);
void segment_forget_parent(void);

/*
 * Reading.  An image is a private copy, taken with pread() (a mapping would
 * kill the reader when the file shrinks), with every size and id checked:
 * whatever is in the file, the accessors below stay inside the copy.
 */
struct segment_image {
	const struct segment_header *header; /* of the copy */
	const uint8_t *bytes;
	size_t size;   /* of valid blocks, header included */
	size_t memory; /* of the copy; what segment_release() frees */
	uint8_t alive; /* what segment_is_alive() has found: 0 is nothing yet */
};

/* 0; -EAGAIN for one that is being made; -EBADMSG for a corrupt one (also
 * counted in DROP_SEGMENT): the image then holds the sound blocks in front of
 * the first bad one, none if the header is bad; or another -errno.  The caller
 * frees the image with segment_release() whatever the result was. */
int segment_read_file(const char *path, struct segment_image *image);
int segment_read_own(struct segment_image *image);
/* Blocks of a kind of which a reader may want no more than the beginning: what
 * is behind it need not be in the image. */
struct segment_excerpt {
	uint32_t kind;
	uint32_t size; /* of the beginning of the body */
	/* Is the rest wanted?  block: in the image, as far as that. */
	bool (*is_wanted)(const struct segment_block *block);
};
/* The same with such blocks; excerpt NULL: all of them whole. */
int segment_read_file_excerpt(const char *path, struct segment_image *image,
			      const struct segment_excerpt *excerpt);
/* Of a file that is open for reading, and stays so. */
int segment_read_open_excerpt(int fd, struct segment_image *image,
			      const struct segment_excerpt *excerpt);
int segment_read_own_excerpt(struct segment_image *image,
			     const struct segment_excerpt *excerpt);
/* An image out of memory of the caller's, who keeps it; the header may be
 * changed ("used").  0 or -EBADMSG. */
int segment_read_memory(void *bytes, size_t size, struct segment_image *image);
void segment_release(struct segment_image *image);
/* The block after `block`, the first one for NULL, NULL at the end. */
const struct segment_block *segment_next(const struct segment_image *image,
					 const struct segment_block *block);
/* The block with this id if it has this kind and at least `size` bytes of
 * body, else NULL. */
const void *segment_find(const struct segment_image *image, uint32_t id,
			 enum segment_kind kind, uint32_t size);
/* Text of a string block; *length 0 and "" for a bad id. */
const char *segment_text(const struct segment_image *image, uint32_t id,
			 uint32_t *length);
/* Does the process that wrote it still run (same pid, same start)?  Of one in
 * another pid namespace it is believed until it says goodbye.  An image is
 * asked for once: all that is made of it has the same answer. */
bool segment_is_alive(const struct segment_image *image);
/* The answer of this moment. */
bool segment_is_alive_now(const struct segment_image *image);
/* Is it of another pid namespace, where its pids mean something else? */
bool segment_is_elsewhere(const struct segment_header *header);
/* Can it be the process that began then, in ticks as /proc/<pid>/stat says? */
bool segment_may_have_begun(const struct segment_header *header,
			    uint64_t ticks);
/* When this process began, ns of timens_boottime(), rounded down to a tick; 0
 * if that cannot be known. */
uint64_t segment_process_start(void);
/* The pid namespace of this process; 0 if that cannot be known. */
uint64_t segment_namespace(void);

static inline const void *segment_block_body(const struct segment_block *block)
{
	return block + 1;
}

static inline uint32_t segment_block_space(const struct segment_block *block)
{
	return block->size - (uint32_t)sizeof(*block);
}

#endif
