/*
 * <telemetry/telemetry.h> - events, handlers and spans for C99 and C++11.
 *
 * A program that includes this header links against nothing: every function is
 * a weak symbol that libtelemetry_shim.so fills in when it is preloaded.
 * Without the shim each call below does nothing and costs one test;
 * telemetry_span() then just calls its function.
 *
 *   struct telemetry_field measurements[] = { TELEMETRY_F64("amount", 12.5) };
 *   struct telemetry_field metadata[] = { TELEMETRY_STR("reason", "sold out") };
 *   telemetry_execute("shop.orders.failed", measurements, 1, metadata, 1);
 *
 * Names are dotted segments of [A-Za-z0-9_] ("shop.orders.failed"), at most
 * TELEMETRY_NAME_MAX bytes.  Identity and prefixes go by whole segments.
 *
 * Unless a comment says otherwise a function may be called from any thread,
 * from inside a handler, before main and after exit has begun; not from a
 * signal handler.  Functions return 0 or a negative errno value and never
 * change errno.  Everything passed in is borrowed for the call.
 *
 * Structures with a struct_size grow at the end only.
 */
#ifndef TELEMETRY_TELEMETRY_H
#define TELEMETRY_TELEMETRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
/* C as C++ programs may have it checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

#if defined(TELEMETRY_BUILDING_SHIM)
#define TELEMETRY_API __attribute__((visibility("default")))
#else
#define TELEMETRY_API __attribute__((weak))
#endif

#define TELEMETRY_NAME_MAX 255	/* bytes of an event name or handler id */
#define TELEMETRY_FIELDS_MAX 32 /* measurements, or metadata, of one event */

/* ---- values and fields ------------------------------------------------ */

enum telemetry_type {
	TELEMETRY_NULL = 0, /* present, but empty */
	TELEMETRY_INT64 = 1,
	TELEMETRY_UINT64 = 2,
	TELEMETRY_DOUBLE = 3,
	TELEMETRY_BOOL = 4,
	TELEMETRY_STRING = 5, /* not necessarily terminated */
	TELEMETRY_POINTER = 6 /* an address, e.g. of a heap block */
};

struct telemetry_value {
	uint16_t type;	 /* enum telemetry_type */
	uint16_t flags;	 /* for the shim; 0 */
	uint32_t length; /* bytes, TELEMETRY_STRING only */
	union {
		int64_t i64;
		uint64_t u64;
		double f64;
		int boolean;
		const char *string;
		const void *pointer;
	} as;
};

struct telemetry_field {
	const char *key; /* [A-Za-z0-9_.], terminated */
	struct telemetry_value value;
};

/* What a handler is given: valid and unchanging until it returns. */
struct telemetry_fields {
	const struct telemetry_field *items;
	size_t count;
};

static inline struct telemetry_field telemetry_i64(const char *key, int64_t v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_INT64;
	f.value.as.i64 = v;
	return f;
}

static inline struct telemetry_field telemetry_u64(const char *key, uint64_t v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_UINT64;
	f.value.as.u64 = v;
	return f;
}

static inline struct telemetry_field telemetry_f64(const char *key, double v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_DOUBLE;
	f.value.as.f64 = v;
	return f;
}

static inline struct telemetry_field telemetry_bool(const char *key, int v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_BOOL;
	f.value.as.boolean = v != 0;
	return f;
}

/* text NULL is TELEMETRY_NULL. */
static inline struct telemetry_field
telemetry_strn(const char *key, const char *text, size_t length)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	if (text) {
		f.value.type = TELEMETRY_STRING;
		f.value.length = (uint32_t)length;
		f.value.as.string = text;
	}
	return f;
}

static inline struct telemetry_field telemetry_str(const char *key,
						   const char *text)
{
	return telemetry_strn(key, text, text ? strlen(text) : 0);
}

#define TELEMETRY_I64(key, v) telemetry_i64(key, v)
#define TELEMETRY_U64(key, v) telemetry_u64(key, v)
#define TELEMETRY_F64(key, v) telemetry_f64(key, v)
#define TELEMETRY_BOOLEAN(key, v) telemetry_bool(key, v)
#define TELEMETRY_STR(key, text) telemetry_str(key, text)

/* The value of the first field with this key, or NULL. */
static inline const struct telemetry_value *
telemetry_get(const struct telemetry_fields *fields, const char *key)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		if (strcmp(fields->items[i].key, key) == 0)
			return &fields->items[i].value;
	return NULL;
}

/* ---- handlers --------------------------------------------------------- */

/*
 * Called in the thread that executes the event, before telemetry_execute()
 * returns, for each handler in the order of attachment.  It must not block.
 * Wrapped calls that it makes (malloc, write, ...) emit nothing; events that
 * it executes itself do.
 *
 * Returns 0.  Anything else means that the handler failed: it is detached from
 * all its events (unless its policy says otherwise), `telemetry.handler.failure`
 * is executed, a line is logged, and the remaining handlers still run.  It must
 * not leave by longjmp or a C++ exception.
 */
typedef int (*telemetry_handler)(const char *event,
				 const struct telemetry_fields *measurements,
				 const struct telemetry_fields *metadata,
				 void *config);

enum telemetry_policy {
	TELEMETRY_DETACH = 0, /* detached at the first failure, for good */
	TELEMETRY_KEEP = 1    /* stays; every failure is reported */
};

struct telemetry_attach_options {
	uint32_t struct_size; /* sizeof(struct telemetry_attach_options) */
	uint32_t policy;      /* enum telemetry_policy */
	/* Called with config once no thread can be inside the handler any
	 * more; from a thread of the shim or from one that detaches. */
	void (*destroy)(void *config);
};

/* One handler as telemetry_list() shows it. */
struct telemetry_handler_info {
	uint32_t struct_size;
	const char *id;
	const char *event;
	telemetry_handler function;
	void *config;
};

/*
 * Attaches a handler to one event, or to all of `count` events or none.
 * Ids are unique among all handlers of the process and compared by content.
 *   -EINVAL  an id, name or option is missing or malformed, or an event is
 *            named twice
 *   -EEXIST  a handler with this id is attached already
 *   -ENOMEM  the memory limit of the shim is reached
 *   -ENOSYS  the shim is switched off
 *   -EAGAIN  too early (before the shim's constructor), or from a signal
 *            handler that interrupted the shim
 */
TELEMETRY_API int telemetry_attach(const char *id, const char *event,
				   telemetry_handler function, void *config);
TELEMETRY_API int
telemetry_attach_many(const char *id, const char *const *events, size_t count,
		      telemetry_handler function, void *config,
		      const struct telemetry_attach_options *options);

/*
 * Detaches the handler from all its events.  A thread that is dispatching an
 * event right now may still call it once; config may be freed when `destroy`
 * is called.  -ENOENT: no such handler.
 */
TELEMETRY_API int telemetry_detach(const char *id);
/* The same, and waits until nobody is inside the handler and destroy has run.
 * -EDEADLK: called from inside a handler; nothing was detached. */
TELEMETRY_API int telemetry_detach_wait(const char *id);

/* Calls visit for every handler attached to an event that begins with the
 * segments of prefix ("" is all), in the order of attachment; stops when it
 * returns non-zero and returns that.  -EINVAL for a malformed prefix.  visit
 * may not attach or detach. */
TELEMETRY_API int telemetry_list(
	const char *prefix,
	int (*visit)(const struct telemetry_handler_info *info, void *arg),
	void *arg);

/* ---- events ----------------------------------------------------------- */

/*
 * Runs the handlers of the event with these fields.  Returns 0 whatever the
 * handlers did; -EINVAL for a malformed name or more than
 * TELEMETRY_FIELDS_MAX fields.  Nobody attached: one look-up.
 */
TELEMETRY_API int telemetry_execute(const char *event,
				    const struct telemetry_field *measurements,
				    size_t measurement_count,
				    const struct telemetry_field *metadata,
				    size_t metadata_count);

/* ---- spans ------------------------------------------------------------ */

/*
 * A span executes <name>.start with measurements {monotonic_time,
 * system_time}, then exactly one of
 *   <name>.stop       {duration, monotonic_time} and the extras given
 *   <name>.exception  {duration, monotonic_time}, metadata + {kind, reason}
 * Times are nanoseconds; duration is monotonic_time of the end minus
 * monotonic_time of the start.  The metadata of the start is carried over to
 * the end, where fields of the same key replace it.  Every event of a span
 * carries span_id and, inside another span of the thread, parent_span_id.
 *
 * The structure is the caller's, begun and ended once.  A span may be ended by
 * another thread than began it; it is then no parent of anything.  One that is
 * not ended ends as an exception: of kind "unwind" when its structure is on the
 * stack and that frame has been left, of kind "exit" with the thread that began
 * it or the process.  In the child of a fork it is the parent's.
 *
 * span_id and parent_span_id given as UINT64 in the metadata of the start take
 * the place of the shim's.
 */
struct telemetry_span {
	uint64_t opaque[8];
	struct telemetry_field metadata[8]; /* keys and strings are borrowed
					     * until the span has ended */
};

/* At most 8 metadata fields; a name of at most TELEMETRY_NAME_MAX - 10 bytes.
 * -EINVAL: malformed; -ENOMEM: too many names.  The end then does nothing. */
TELEMETRY_API int telemetry_span_begin(struct telemetry_span *span,
				       const char *name,
				       const struct telemetry_field *metadata,
				       size_t metadata_count);
TELEMETRY_API int telemetry_span_end(struct telemetry_span *span,
				     const struct telemetry_field *measurements,
				     size_t measurement_count,
				     const struct telemetry_field *metadata,
				     size_t metadata_count);
/* kind: a word such as "error"; reason: what happened. */
TELEMETRY_API int telemetry_span_fail(struct telemetry_span *span,
				      const char *kind, const char *reason,
				      const struct telemetry_field *metadata,
				      size_t metadata_count);

/* Runs function(arg) inside a span and returns its result; a negative result
 * ends the span as an exception of kind "error" with that number as reason. */
TELEMETRY_API int telemetry_span(const char *name,
				 const struct telemetry_field *metadata,
				 size_t metadata_count,
				 int (*function)(void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#if !defined(TELEMETRY_BUILDING_SHIM)
/* The test that makes a program run without the shim. */
#define telemetry_execute(...)                                                 \
	(telemetry_execute ? telemetry_execute(__VA_ARGS__) : 0)
#define telemetry_attach(...)                                                  \
	(telemetry_attach ? telemetry_attach(__VA_ARGS__) : 0)
#define telemetry_attach_many(...)                                             \
	(telemetry_attach_many ? telemetry_attach_many(__VA_ARGS__) : 0)
#define telemetry_detach(...)                                                  \
	(telemetry_detach ? telemetry_detach(__VA_ARGS__) : 0)
#define telemetry_detach_wait(...)                                             \
	(telemetry_detach_wait ? telemetry_detach_wait(__VA_ARGS__) : 0)
#define telemetry_list(...) (telemetry_list ? telemetry_list(__VA_ARGS__) : 0)
#define telemetry_span_begin(...)                                              \
	(telemetry_span_begin ? telemetry_span_begin(__VA_ARGS__) : 0)
#define telemetry_span_end(...)                                                \
	(telemetry_span_end ? telemetry_span_end(__VA_ARGS__) : 0)
#define telemetry_span_fail(...)                                               \
	(telemetry_span_fail ? telemetry_span_fail(__VA_ARGS__) : 0)
#define telemetry_span(...)                                                    \
	(telemetry_span ? telemetry_span(__VA_ARGS__)                          \
			: telemetry_span_call(__VA_ARGS__))

static inline int telemetry_span_call(const char *name,
				      const struct telemetry_field *metadata,
				      size_t metadata_count,
				      int (*function)(void *arg), void *arg)
{
	(void)name;
	(void)metadata;
	(void)metadata_count;
	return function(arg);
}
#endif

#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

#endif
