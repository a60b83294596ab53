/*
 * <telemetry/metrics.h> - metrics over events, defined by a program.
 *
 *   struct telemetry_metric_options options = {
 *           .struct_size = sizeof(options),
 *   };
 *   const char *tags[] = { "article" };
 *
 *   options.tags = tags;
 *   options.tag_count = 1;
 *   options.unit = "byte:kilobyte";
 *   telemetry_sum("shop.download.size", &options);
 *
 * adds up the measurement `size` of the event shop.download, one number for
 * each article.  It is checked as definitions in TELEMETRY_METRICS are, means
 * the same, and reporters are given it in the same way; what is wrong with it
 * is in the log, in one line.  Without the shim nothing happens.
 *
 * The functions of this header may be called from any thread, from inside a
 * handler or one of the functions below, from constructors (of the program, not
 * of libraries that are set up before the shim: -EAGAIN), while other threads
 * execute events; not from a signal handler (-EAGAIN).  They may wait for other
 * definitions, never for a handler.  They never change errno.  The child of a
 * fork has its parent's definitions, and series of its own.
 */
#ifndef TELEMETRY_METRICS_H
#define TELEMETRY_METRICS_H

#include <telemetry/telemetry.h>

#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#endif

/*
 * Functions of a definition.  They are called for each event that the metric
 * listens to, in the thread that executes it, inside the call that it is about:
 * any thread of the program, several at once.  So they may not block or take
 * long, and are bound to what a handler is: no longjmp, no C++ exception;
 * wrapped calls that they make emit nothing.  What they are given is valid and
 * unchanging until they return.
 *
 * A result below 0 is a failure: the metric takes nothing from this event,
 * which is counted as `function` in telemetry.dropped; the first one of each
 * metric is logged.  Other metrics, and later events, are not affected.
 */

/*
 * Writes the measurement to *value, which is TELEMETRY_NULL at first; left so,
 * the event is skipped as one that lacks it.  Not for counters.
 * Owns:    nothing; a text that it writes has to live until the event has
 *          been executed.
 * Threads: called by any, several at once.
 * From:    wherever a telemetry_handler is called: constructors, signal
 *          handlers.
 * Units:   the first one of the metric's `unit`.
 * Errors:  below 0, see above.
 */
typedef int (*telemetry_measure)(const char *event,
				 const struct telemetry_fields *measurements,
				 const struct telemetry_fields *metadata,
				 struct telemetry_value *value, void *config);

/*
 * 1 or more: yes.  0: no.
 * Owns:    nothing.
 * Threads: called by any, several at once.
 * From:    wherever a telemetry_handler is called: constructors, signal
 *          handlers.
 * Units:   none.
 * Errors:  below 0, see above.
 */
typedef int (*telemetry_choice)(const char *event,
				const struct telemetry_fields *measurements,
				const struct telemetry_fields *metadata,
				void *config);

#define TELEMETRY_TAGS_MAX 8	   /* of a metric */
#define TELEMETRY_TAG_TEXT_MAX 512 /* bytes for all texts that are made */

/* Where a tag function puts its tags: telemetry_tag_add(). */
struct telemetry_tag_set {
	uint32_t struct_size;
	uint32_t count, most;	       /* fields that there are, may be */
	uint32_t text_used, text_size; /* bytes */
	struct telemetry_field *fields;
	char *text;
};

/*
 * Returns 0; the fields are as those of telemetry_execute(): keys and texts
 * have to live on until it has returned.
 * Owns:    nothing, see above.
 * Threads: called by any, several at once.
 * From:    wherever a telemetry_handler is called: constructors, signal
 *          handlers.
 * Units:   none.
 * Errors:  below 0, see above.
 */
typedef int (*telemetry_tag_function)(
	const char *event, const struct telemetry_fields *measurements,
	const struct telemetry_fields *metadata, struct telemetry_tag_set *tags,
	void *config);

/*
 * 0, or -1: there are `most` of them already.
 * Owns:    nothing: key and text are borrowed until the event has been
 *          executed.
 * Threads: the one that is inside the tag function.
 * From:    a telemetry_tag_function, also where that runs in a constructor, a
 *          handler or a signal handler.
 * Units:   none.
 * Errors:  -1, see above.
 */
static inline int telemetry_tag_add(struct telemetry_tag_set *tags,
				    struct telemetry_field field)
{
	if (tags->count >= tags->most)
		return -1;
	tags->fields[tags->count++] = field;
	return 0;
}

/*
 * The same with a text that need not live on: it is copied.  -1 too: there is
 * no room for it.
 * Owns:    the copy; key is borrowed.
 * Threads: the one that is inside the tag function.
 * From:    as telemetry_tag_add(): handler, constructor, signal handler.
 * Units:   bytes (length).
 * Errors:  -1, see above.
 */
static inline int telemetry_tag_copy(struct telemetry_tag_set *tags,
				     const char *key, const char *text,
				     size_t length)
{
	char *copy = tags->text + tags->text_used;

	if (length > tags->text_size - tags->text_used)
		return -1;
	memcpy(copy, text, length);
	tags->text_used += (uint32_t)length;
	return telemetry_tag_add(tags, telemetry_strn(key, copy, length));
}

/* All members but the first may be 0.  Texts and arrays are copied. */
struct telemetry_metric_options {
	uint32_t struct_size; /* sizeof(struct telemetry_metric_options) */
	uint32_t up_down;     /* 1: a sum that may fall */
	/* Of one event, or a glob; NULL: all but the last segment of the
	 * metric's name. */
	const char *event_name;
	const char *measurement; /* key; NULL: the last segment of the name */
	const char *const *tags; /* keys of the metadata */
	size_t tag_count;	 /* at most TELEMETRY_TAGS_MAX */
	/* "byte", "{row}", or from one to another: "native:millisecond";
	 * times are nanoseconds (native).  NULL: none. */
	const char *unit;
	const char *description;
	/* Upper bounds, inclusive, increasing, in the unit of the result;
	 * NULL: OpenTelemetry's.  For a distribution only. */
	const double *buckets;
	size_t bucket_count;
	uint32_t max_series; /* tag sets; 0: 2000 */
	/* Milliseconds: a series in which nothing was recorded for so long is
	 * taken out, and makes room for another; if its tags come again it
	 * begins at 0.  0: what TELEMETRY_EXPIRE says, by default never. */
	uint32_t expire_ms;
	/* More options as TELEMETRY_METRICS has them, with commas between them:
	 * "span=db.query, keep=[rows > 0], buckets=linear(0, 10, 5)". */
	const char *options;

	/* Instead of `measurement`. */
	telemetry_measure measure;
	/* Which events are taken: one of the two. */
	telemetry_choice keep, drop;
	/* Instead of `tags`: the whole tag set, keys and values; it may differ
	 * from one event to the next. */
	telemetry_tag_function tag_set;
	/* Tags that are found here are not looked for in the metadata; what is
	 * not in `tags` has no effect. */
	telemetry_tag_function tag_values;
	/* Handed to all five of them; must be fit for several threads. */
	void *config;
	/* Called once with config when the metric has been deleted and no
	 * thread can be inside its functions any more; as that of
	 * telemetry_attach_options.  Never for a definition that was
	 * refused. */
	void (*destroy)(void *config);
};

TELEMETRY_FUNCTIONS
/*
 * Define a metric; events that are executed from now on count.  options NULL is
 * none of them.
 * Owns:    copies of all texts and arrays; config is the shim's until
 *          `destroy`, after an error the caller's.
 * Threads: any, several at once.
 * From:    handlers, constructors; a signal handler: -EAGAIN.
 * Units:   milliseconds (expire_ms); bounds in the unit of the result.
 * Errors:
 *   -EINVAL  the definition is not valid; the log says why
 *   -EEXIST  there is a metric of this name, wherever it was defined
 *   -ENOMEM  the memory limit of the shim is reached
 *   -ENOSYS  the shim is switched off
 *   -EAGAIN  too early, or from a signal handler, or a lock was not to be had
 *            for a second
 */
TELEMETRY_API int
telemetry_counter(const char *name,
		  const struct telemetry_metric_options *options);
TELEMETRY_API int telemetry_sum(const char *name,
				const struct telemetry_metric_options *options);
TELEMETRY_API int
telemetry_last_value(const char *name,
		     const struct telemetry_metric_options *options);
TELEMETRY_API int
telemetry_summary(const char *name,
		  const struct telemetry_metric_options *options);
TELEMETRY_API int
telemetry_distribution(const char *name,
		       const struct telemetry_metric_options *options);

/*
 * Deletes a metric of this process, wherever it was defined, and all its
 * series: they are in no later snapshot.  Its functions may still run in
 * threads that execute an event right now; `destroy` is called after that.
 * Metrics of the shim about itself (telemetry.dropped, libc.heap.*) are no
 * definitions.
 * Owns:    nothing; gives config back through `destroy`.
 * Threads: any, several at once.
 * From:    handlers, constructors; a signal handler: -EAGAIN.
 * Units:   none.
 * Errors:
 *   -ENOENT  no such metric
 *   -EINVAL, -ENOSYS, -EAGAIN  as above
 */
TELEMETRY_API int telemetry_metric_delete(const char *name);
/*
 * Deletes one series of a metric of this process: the one with these values of
 * its tags, in any order; a tag that is not among them is "", and fields that
 * are no tags are -EINVAL.  It is in no later snapshot, and if its tags come
 * again it begins at 0; what another thread records in it right now may be lost
 * with it.
 * Owns:    nothing; tags are borrowed for the call.
 * Threads: any, several at once.
 * From:    handlers, constructors; a signal handler: -EAGAIN.
 * Units:   none.
 * Errors:
 *   -ENOENT  no such metric, or no such series
 *   -EINVAL, -ENOSYS, -EAGAIN  as above
 */
TELEMETRY_API int telemetry_series_delete(const char *metric,
					  const struct telemetry_field *tags,
					  size_t tag_count);
TELEMETRY_FUNCTIONS_END

#ifdef __cplusplus
}
#endif

#if !defined(TELEMETRY_BUILDING_SHIM)
#ifdef __cplusplus
#define TELEMETRY_DEFINES(name)                                                \
	inline int name(const char *metric,                                    \
			const struct telemetry_metric_options *options)        \
	{                                                                      \
		return telemetry_c::name ? telemetry_c::name(metric, options)  \
					 : 0;                                  \
	}
TELEMETRY_DEFINES(telemetry_counter)
TELEMETRY_DEFINES(telemetry_sum)
TELEMETRY_DEFINES(telemetry_last_value)
TELEMETRY_DEFINES(telemetry_summary)
TELEMETRY_DEFINES(telemetry_distribution)
#undef TELEMETRY_DEFINES

inline int telemetry_metric_delete(const char *metric)
{
	return telemetry_c::telemetry_metric_delete
		       ? telemetry_c::telemetry_metric_delete(metric)
		       : 0;
}

inline int telemetry_series_delete(const char *metric,
				   const struct telemetry_field *tags,
				   size_t tag_count)
{
	return telemetry_c::telemetry_series_delete
		       ? telemetry_c::telemetry_series_delete(metric, tags,
							      tag_count)
		       : 0;
}
#else
#define telemetry_counter(...)                                                 \
	(telemetry_counter ? telemetry_counter(__VA_ARGS__) : 0)
#define telemetry_sum(...) (telemetry_sum ? telemetry_sum(__VA_ARGS__) : 0)
#define telemetry_last_value(...)                                              \
	(telemetry_last_value ? telemetry_last_value(__VA_ARGS__) : 0)
#define telemetry_summary(...)                                                 \
	(telemetry_summary ? telemetry_summary(__VA_ARGS__) : 0)
#define telemetry_distribution(...)                                            \
	(telemetry_distribution ? telemetry_distribution(__VA_ARGS__) : 0)
#define telemetry_metric_delete(...)                                           \
	(telemetry_metric_delete ? telemetry_metric_delete(__VA_ARGS__) : 0)
#define telemetry_series_delete(...)                                           \
	(telemetry_series_delete ? telemetry_series_delete(__VA_ARGS__) : 0)
#endif
#endif

#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

#endif
