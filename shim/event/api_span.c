/*
 * api_span.c - the span functions of <telemetry/telemetry.h>.
 *
 * The metadata of the start is kept in the caller's structure and carried over
 * to the end, where a field of the same key replaces it.
 */
#include "event/api.h"

#include "base/buf.h"
#include "base/clock.h"
#include "event/span_begin.h"
#include "event/span_start.h"
#include "event/span_stop.h"

#include <errno.h>
#include <string.h>

/* What struct telemetry_span.opaque holds. */
struct api_span {
	struct span span;
	uint32_t open;
	uint32_t field_count;
};
_Static_assert(sizeof(struct api_span) <=
		       sizeof(((struct telemetry_span *)0)->opaque),
	       "struct telemetry_span is an ABI");

static struct api_span *state_of(struct telemetry_span *span)
{
	return (struct api_span *)(void *)span->opaque;
}

/* The id of a span or its parent's, where the program gives it (T70). */
static bool is_id(const struct telemetry_field *field, const struct symbol *key)
{
	return field->value.type == TELEMETRY_UINT64 &&
	       field->value.as.u64 != 0 && strcmp(field->key, key->text) == 0;
}

static bool is_any_id(const struct telemetry_field *field)
{
	return is_id(field, &SYM_span_id) || is_id(field, &SYM_parent_span_id);
}

static void open(struct telemetry_span *span, const struct span_class *class,
		 const struct telemetry_field *metadata, size_t count)
{
	struct api_span *state = state_of(span);
	uint64_t id = 0, parent = 0;
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (is_id(&metadata[i], &SYM_span_id))
			id = metadata[i].value.as.u64;
		else if (is_id(&metadata[i], &SYM_parent_span_id))
			parent = metadata[i].value.as.u64;
		else
			api_field_copy(&span->metadata[n++], &metadata[i]);
	}
	state->field_count = (uint32_t)n;
	state->open = 1;
	span_open_program(&state->span, class, span, id, parent, span->metadata,
			  n);
}

/* Names are mostly literals: found without their hash, by where they are. */
static ALWAYS_INLINE struct thread_name *place_of(struct owner *owner,
						  const char *name)
{
	return &owner->names[((uintptr_t)name >> 3) % THREAD_NAMES];
}

static void remember(const char *name, struct span_class *class)
{
	struct thread_name *known = place_of(thread_self.owner, name);

	/* A signal handler may jump out of here. */
	known->text = NULL;
	compiler_barrier();
	known->class = class;
	compiler_barrier();
	known->text = name;
}

static NOINLINE int begin(struct telemetry_span *span, const char *name,
			  const struct telemetry_field *metadata, size_t count)
{
	struct thread *t = &thread_self;
	struct span_class *class;
	int saved = errno;
	size_t length;
	void *outer;

	if (!span)
		return -EINVAL;
	state_of(span)->open = 0;
	if (!name || !api_fields_are_valid(metadata, count) ||
	    count > ARRAY_SIZE(span->metadata))
		return -EINVAL;
	length = strlen(name);
	class = span_class_find(name, length);
	if (!class && !span_name_is_valid(name, length))
		return -EINVAL;
	if (!api_ready() || !thread_claim_nested(t, &outer))
		return 0;
	if (!class)
		class = span_class_intern(name, length);
	if (class) {
		remember(name, class);
		open(span, class, metadata, count);
	}
	thread_release_nested(t, outer);
	errno = saved;
	return class ? 0 : -ENOMEM;
}

/* A name that this thread has begun a span of before, and nothing that is out
 * of the ordinary.  False: nothing has happened. */
static ALWAYS_INLINE bool begin_plain(struct telemetry_span *span,
				      const char *name)
{
	struct thread *t = &thread_self;
	struct api_span *state = state_of(span);
	const struct thread_name *known;
	const struct span_class *class;
	struct owner *owner;
	bool begun;

	if (!api_ready() || !(owner = thread_claim_plain(t)))
		return false;
	known = place_of(owner, name);
	class = known->class;
	/* The text there may be another one by now. */
	begun = likely(known->text == name) && symbol_is(class->name, name) &&
		span_begin_plain(t, owner, &state->span, class, class->state,
				 span, LIBRARY_PROGRAM);
	if (likely(begun)) {
		state->field_count = 0;
		state->open = 1;
	}
	thread_release(t);
	return begun;
}

EXPORT int telemetry_span_begin(struct telemetry_span *span, const char *name,
				const struct telemetry_field *metadata,
				size_t metadata_count)
{
	if (metadata_count)
		return begin(span, name, metadata, metadata_count);
	if (likely(span && name && begin_plain(span, name)))
		return 0;
	return begin(span, name, NULL, 0);
}

/* Start metadata not repeated at the end, then that of the end; without what
 * the span itself says. */
static NOINLINE size_t merge(struct telemetry_field *out,
			     const struct telemetry_span *span, size_t kept,
			     const struct telemetry_field *metadata,
			     size_t count)
{
	const struct telemetry_fields given = { metadata, count };
	size_t n = 0, i;

	for (i = 0; i < kept; i++)
		if (!telemetry_get(&given, span->metadata[i].key))
			out[n++] = span->metadata[i];
	for (i = 0; i < count; i++)
		if (!is_any_id(&metadata[i]))
			api_field_copy(&out[n++], &metadata[i]);
	return n;
}

/* kind and reason of an exception are those of the failure (PARITY T65). */
static NOINLINE size_t without_failure(struct telemetry_field *fields,
				       size_t count)
{
	size_t n = 0, i;

	for (i = 0; i < count; i++)
		if (strcmp(fields[i].key, SYM_kind.text) != 0 &&
		    strcmp(fields[i].key, SYM_reason.text) != 0)
			fields[n++] = fields[i];
	return n;
}

/* duration and monotonic_time are ours (PARITY T64). */
static NOINLINE size_t extras(struct telemetry_field *out,
			      const struct telemetry_field *measurements,
			      size_t count)
{
	size_t n = 0, i;

	for (i = 0; i < count; i++)
		if (strcmp(measurements[i].key, SYM_duration.text) != 0 &&
		    strcmp(measurements[i].key, SYM_monotonic_time.text) != 0)
			api_field_copy(&out[n++], &measurements[i]);
	return n;
}

/* Nothing else here: the fields are most of what the shim needs of a stack. */
static NOINLINE void finish(struct telemetry_span *span, uint64_t now,
			    const struct span_failure *failure,
			    const struct telemetry_fields *measurements,
			    const struct telemetry_fields *metadata)
{
	struct telemetry_field m[SPAN_RESERVED + TELEMETRY_FIELDS_MAX];
	struct telemetry_field
		d[SPAN_RESERVED + TELEMETRY_FIELDS_MAX +
		  ARRAY_SIZE(((struct telemetry_span *)0)->metadata)];
	int saved = errno;
	size_t mn, dn;

	mn = extras(m + SPAN_RESERVED, measurements->items,
		    measurements->count);
	dn = merge(d + SPAN_RESERVED, span, state_of(span)->field_count,
		   metadata->items, metadata->count);
	if (failure)
		dn = without_failure(d + SPAN_RESERVED, dn);
	span_close_at(&state_of(span)->span, now, failure, m + SPAN_RESERVED,
		      mn, d + SPAN_RESERVED, dn, false);
	errno = saved;
}

/* Claims the guard, if the span is there to be ended, with these fields. */
static ALWAYS_INLINE bool begin_end(struct telemetry_span *span,
				    const struct telemetry_fields *m,
				    const struct telemetry_fields *d,
				    void **outer, int *error)
{
	*error = 0;
	if (unlikely(!span || !api_fields_are_valid(m->items, m->count) ||
		     !api_fields_are_valid(d->items, d->count))) {
		*error = -EINVAL;
		return false;
	}
	if (!state_of(span)->open || !thread_claim_nested(&thread_self, outer))
		return false;
	state_of(span)->open = 0;
	return true;
}

static NOINLINE int end(struct telemetry_span *span,
			const struct telemetry_field *measurements,
			size_t measurement_count,
			const struct telemetry_field *metadata,
			size_t metadata_count)
{
	const struct telemetry_fields m = { measurements, measurement_count };
	const struct telemetry_fields d = { metadata, metadata_count };
	uint64_t now;
	void *outer;
	int error;

	if (!begin_end(span, &m, &d, &outer, &error))
		return error;
	now = clock_ns();
	if (!span_is_brief(&state_of(span)->span) ||
	    thread_self.rcu != RCU_REGISTERED ||
	    !span_stop_brief(thread_self.owner, &state_of(span)->span, now))
		finish(span, now, NULL, &m, &d);
	thread_release_nested(&thread_self, outer);
	return 0;
}

/* False: it is still to be ended. */
static ALWAYS_INLINE bool end_plain(struct telemetry_span *span)
{
	struct thread *t = &thread_self;
	struct api_span *state = state_of(span);
	struct owner *owner;
	bool ended;

	if (unlikely(!state->open) || !span_is_brief(&state->span) ||
	    !(owner = thread_claim_plain(t)))
		return false;
	state->open = 0;
	ended = span_stop_brief(owner, &state->span, 0);
	if (unlikely(!ended))
		state->open = 1;
	thread_release(t);
	return ended;
}

EXPORT int telemetry_span_end(struct telemetry_span *span,
			      const struct telemetry_field *measurements,
			      size_t measurement_count,
			      const struct telemetry_field *metadata,
			      size_t metadata_count)
{
	if (measurement_count | metadata_count)
		return end(span, measurements, measurement_count, metadata,
			   metadata_count);
	if (likely(span && end_plain(span)))
		return 0;
	return end(span, NULL, 0, NULL, 0);
}

EXPORT int telemetry_span_fail(struct telemetry_span *span, const char *kind,
			       const char *reason,
			       const struct telemetry_field *metadata,
			       size_t metadata_count)
{
	const struct telemetry_fields none = { NULL, 0 };
	const struct telemetry_fields d = { metadata, metadata_count };
	struct span_failure failure = { .kind = &SYM_kind_error };
	struct thread *t = &thread_self;
	int saved = errno, error;
	void *outer;

	failure.reason = telemetry_str(SYM_reason.text, reason).value;
	if (kind && thread_claim_nested(t, &outer)) {
		struct symbol *s = symbol_intern(kind, strlen(kind));

		thread_release_nested(t, outer);
		failure.kind = s ? s : failure.kind;
	}
	errno = saved;
	if (!begin_end(span, &none, &d, &outer, &error))
		return error;
	finish(span, clock_ns(), &failure, &none, &d);
	thread_release_nested(t, outer);
	return 0;
}

EXPORT int telemetry_span(const char *name,
			  const struct telemetry_field *metadata,
			  size_t metadata_count, int (*function)(void *arg),
			  void *arg)
{
	struct telemetry_span span;
	char number[24];
	struct buf text = BUF(number);
	int begun = telemetry_span_begin(&span, name, metadata, metadata_count);
	int ret = function(arg);

	if (begun != 0)
		return ret;
	if (ret < 0) {
		buf_i64(&text, ret);
		telemetry_span_fail(&span, SYM_kind_error.text, number, NULL,
				    0);
	} else {
		telemetry_span_end(&span, NULL, 0, NULL, 0);
	}
	return ret;
}
