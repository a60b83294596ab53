/*
 * known.h - stops of spans that come again and again and differ in a few
 * numbers: a send on one of a thousand sockets.
 *
 * What the handlers of the shim do with such a stop is worked out once per
 * thread and kept as a plan: numbers to add to, a record to copy.  From then on
 * its fields are made for nobody.  A plan says what the handlers would have
 * done, no more and no less; whoever cannot tell in advance is called as ever.
 *
 * A plan holds as long as nobody subscribes to or leaves an event of the span
 * (span_state.version), until known_forget(), and as long as its thread has its
 * owner: in the child of a fork that is another one.
 */
#ifndef SHIM_EVENT_KNOWN_H
#define SHIM_EVENT_KNOWN_H

#include "base/compiler.h"
#include "event/event.h"

struct owner;
struct span;

#define KNOWN_VALUES 6	/* measurements and own metadata */
#define KNOWN_FIELDS 16 /* all fields */

/* One stop, as the emitter knows it. */
struct known {
	/* Equal numbers, equal events, `describe`, counts, keys and types of
	 * fields, and values of all but those in `values`.  Not 0. */
	uint64_t same;
	/* Writes the measurements (without times), then the metadata (without
	 * ids), its own part last; how many in all. */
	size_t (*describe)(const struct known *known,
			   struct telemetry_field *fields);
	/* Of the first fields and of the last: their values are in `values`, in
	 * that order.  Measurements are TELEMETRY_UINT64; own metadata is an
	 * integer that is not negative, or a symbol. */
	uint32_t measurements, own;
	uint64_t values[KNOWN_VALUES]; /* of a symbol: known_text() */
};

/* The text of a symbol is not in the segment yet.  Too large for whoever writes
 * it down, so that it is told with all fields, which puts it there. */
#define KNOWN_NO_TEXT UINT64_MAX

/* Out of symbol.in_segment, or a copy of it: the id of the text, if it holds
 * for that generation of the segment. */
static ALWAYS_INLINE uint64_t known_text(uint64_t in_segment,
					 uint32_t generation)
{
	return likely(in_segment >> 32 == generation) ? (uint32_t)in_segment
						      : KNOWN_NO_TEXT;
}

enum known_kind {
	KNOWN_CALL,  /* the handler, with all fields */
	KNOWN_COUNT, /* adds 1 to to[0] */
	KNOWN_SUM,   /* adds 1 to to[0] and the value to to[1]; no overflow */
	/* run(), which for a duration of no more than `most` needs time,
	 * duration and span_id alone, and uses nothing that ever goes. */
	KNOWN_TIME,
	KNOWN_WRITE, /* what to points to: a struct known_write */
	KNOWN_RUN,   /* run() */
};

/* The end of a span as it is written down, without an occurrence; uses nothing
 * that ever goes.  False: it has to be told with all fields.  There may be more
 * values than the plan was made of. */
struct known_write {
	bool (*write)(const struct known_write *self, const struct span *span,
		      uint64_t duration, const uint64_t *values);
};

/* What one handler of the shim does. */
struct known_step {
	union {
		internal_handler handler;
		/* The occurrence has no fields, but `known`. */
		void (*run)(const struct occurrence *occurrence,
			    const struct known_step *step);
	};
	void *config; /* of the handler */
	void *to;
	uint16_t kind;	/* enum known_kind */
	uint16_t value; /* which one; KNOWN_SUM, and as run() likes */
	uint32_t most;	/* ns; KNOWN_TIME */
};

#define KNOWN_ROOM 112

/*
 * Of a handler of the shim: how would it take occurrences like this one, which
 * has its fields?  step has handler and config.  False: it has to be called
 * each time.  room: KNOWN_ROOM bytes that live as long as the step, for the
 * first that wants them; NULL for the others.  Under the guard.
 */
typedef bool (*known_prepare)(const struct occurrence *occurrence, void *config,
			      struct known_step *step, void *room);

/* The stop of a span, to whom its times and its id say enough; uses what goes,
 * in a read section.  As the handler, which is called for all other
 * occurrences. */
typedef void (*known_brief)(void *config, uint64_t duration, uint64_t end,
			    uint64_t span_id);

/* The ways of a handler of the shim; NULL: not this one. */
struct known_ways {
	internal_handler handler; /* never NULL */
	known_brief brief;
	known_prepare prepare;
};

/* event_subscribe() for a handler that has other ways, too.  One without
 * `brief` is told of no span without its fields; with it, it may be, see
 * span_stop_brief(). */
int event_subscribe_known(struct event *event, const struct known_ways *ways,
			  void *config, uint32_t needs);

/* The end of a span that has been taken off its stack, if anybody listens, with
 * a plan or without; makes one if there is none.  Under the guard; preserves
 * errno. */
void known_tell(const struct span *span, uint64_t end,
		const struct known *known);

/* Plans of the owner may lead where nothing should be added any more.  From any
 * thread, after the owner has been kept from making such plans again. */
void known_forget(struct owner *owner);

#endif
