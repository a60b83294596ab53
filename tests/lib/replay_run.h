/*
 * replay_run.h - between the parts of the replayer: the launcher (replay.c),
 * the side that runs a snippet (replay_run.c, replay_block.c), the transcript
 * (replay_show.c) and the attached telemetry (replay_arm.c).  Not for snippets.
 */
#ifndef TESTS_LIB_REPLAY_RUN_H
#define TESTS_LIB_REPLAY_RUN_H

#include "replay.h"

#define REPLAY_THREADS 4
#define CHANNEL_SIZE 32768

/* A transcript.  Shared with every child of the snippet, so whatever dies has
 * been written down; one writer at a time. */
struct channel {
	uint32_t length;
	uint32_t truncated;
	char text[CHANNEL_SIZE];
};

/* Lives in a file of the launcher, which reads it whatever became of us. */
struct shared {
	uint32_t events;	/* that reached the attached handler */
	uint32_t function_seen; /* ... with the snippet's function and span */
	uint32_t cancel_seen;	/* ... ending its span with kind "cancel" */
	uint64_t bytes;		/* ... said to have been moved */
	uint64_t bytes_moved;	/* and in truth, in MODE_PLAIN */
	uint32_t finished;	/* the mode came to its end */
	uint32_t blocking;	/* .blocks is about to block */
	struct channel channels[REPLAY_THREADS];
};

struct replay {
	struct shared *shared;
	const struct snippet *snippet;
	enum mode mode;
	pid_t process; /* children of a snippet have other numbers */
	int preloaded; /* a library is expected to be in front of libc */
	int armed;     /* attach handlers to everything */
};

extern struct replay replay;
extern __thread struct channel *replay_out;
extern __thread int replay_index; /* of the thread in MODE_THREADS */
extern const char *const replay_mode_names[MODES];

struct snippet *replay_find(const char *name);
struct snippet *replay_first(void); /* in no order; then ->next */
int replay_offers(const struct snippet *snippet, enum mode mode);

/* "--child mode snippet shared-file": reads it, once; 0 if it is that. */
int replay_setup(int argc, char **argv);
/* Runs the snippet if the situation asked for is reached here. */
void replay_reached(enum mode mode);
void replay_run_blocking(void); /* MODE_CANCEL, MODE_EINTR, MODE_LONGJMP */

void replay_arm(void);
void replay_nest(void (*run)(void)); /* inside a telemetry handler */
void replay_check_seen(void);
void replay_check_interposed(void);
void replay_note_descriptors(void);
void replay_show_rest(void); /* descriptors, threads, mask */

#endif
