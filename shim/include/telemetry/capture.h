/*
 * <telemetry/capture.h> - what <telemetry/test.h> is made of; not for direct
 * use.  The handler that copies events, and how they are compared and shown.
 */
#ifndef TELEMETRY_CAPTURE_H
#define TELEMETRY_CAPTURE_H

#include <telemetry/telemetry.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

/* One event; the capture's, unchanging until telemetry_capture_end(). */
struct telemetry_captured {
	const char *event;
	struct telemetry_fields measurements, metadata;
	struct telemetry_captured *next; /* in the order in which they came */
};

/* Members are for the functions below. */
struct telemetry_capture {
	char id[40];
	int is_of_thread; /* of `thread` only */
	pthread_t thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t more;
	struct telemetry_captured *first, **last;
	size_t lost; /* for lack of memory */
};

/* Copies fields to *items and their keys and texts to *text. */
static inline struct telemetry_fields
telemetry_capture_copy(const struct telemetry_fields *from,
		       struct telemetry_field **items, char **text)
{
	struct telemetry_fields to;
	size_t i, n;

	to.items = *items;
	to.count = from->count;
	for (i = 0; i < from->count; i++) {
		struct telemetry_field f = from->items[i];

		n = strlen(f.key) + 1;
		f.key = (char *)memcpy(*text, f.key, n);
		*text += n;
		if (f.value.type == TELEMETRY_STRING && f.value.length > 0) {
			f.value.as.string = (char *)memcpy(
				*text, f.value.as.string, f.value.length);
			*text += f.value.length;
		}
		*(*items)++ = f;
	}
	return to;
}

static inline size_t telemetry_capture_size(const struct telemetry_fields *f)
{
	size_t size = f->count * sizeof(struct telemetry_field), i;

	for (i = 0; i < f->count; i++) {
		size += strlen(f->items[i].key) + 1;
		if (f->items[i].value.type == TELEMETRY_STRING)
			size += f->items[i].value.length;
	}
	return size;
}

static inline int
telemetry_capture_handler(const char *event,
			  const struct telemetry_fields *measurements,
			  const struct telemetry_fields *metadata, void *config)
{
	struct telemetry_capture *capture = (struct telemetry_capture *)config;
	struct telemetry_captured *one;

	if (capture->is_of_thread &&
	    !pthread_equal(capture->thread, pthread_self()))
		return 0;
	one = (struct telemetry_captured *)malloc(
		sizeof(*one) + telemetry_capture_size(measurements) +
		telemetry_capture_size(metadata) + strlen(event) + 1);
	pthread_mutex_lock(&capture->lock);
	if (one) {
		size_t fields = measurements->count + metadata->count;
		struct telemetry_field *items =
			(struct telemetry_field *)(void *)(one + 1);
		char *text = (char *)(items + fields);

		one->measurements =
			telemetry_capture_copy(measurements, &items, &text);
		one->metadata = telemetry_capture_copy(metadata, &items, &text);
		one->event = (char *)memcpy(text, event, strlen(event) + 1);
		one->next = NULL;
		*capture->last = one;
		capture->last = &one->next;
	} else {
		capture->lost++;
	}
	pthread_cond_broadcast(&capture->more);
	pthread_mutex_unlock(&capture->lock);
	return 0;
}

/* event NULL: any; "shop.*": all below shop, by whole segments. */
static inline int telemetry_capture_is(const struct telemetry_captured *one,
				       const char *event)
{
	size_t n = event ? strlen(event) : 0;

	if (n >= 2 && strcmp(event + n - 2, ".*") == 0)
		return strncmp(one->event, event, n - 1) == 0;
	return !event || strcmp(one->event, event) == 0;
}

/* How many there are; under the lock. */
static inline size_t
telemetry_capture_locked(const struct telemetry_capture *capture,
			 const char *event)
{
	const struct telemetry_captured *one;
	size_t count = 0;

	for (one = capture->first; one; one = one->next)
		count += (size_t)telemetry_capture_is(one, event);
	return count;
}

static inline void telemetry_capture_show(const struct telemetry_fields *fields)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct telemetry_value *v = &fields->items[i].value;

		fprintf(stderr, " %s=", fields->items[i].key);
		if (v->type == TELEMETRY_STRING)
			fprintf(stderr, "\"%.*s\"", (int)v->length,
				v->as.string);
		else if (v->type == TELEMETRY_DOUBLE)
			fprintf(stderr, "%.17g", v->as.f64);
		else if (v->type == TELEMETRY_UINT64)
			fprintf(stderr, "%llu", (unsigned long long)v->as.u64);
		else if (v->type == TELEMETRY_INT64)
			fprintf(stderr, "%lld", (long long)v->as.i64);
		else if (v->type == TELEMETRY_BOOL)
			fputs(v->as.boolean ? "true" : "false", stderr);
		else
			fputs(v->type ? "pointer" : "null", stderr);
	}
}

/* For a message: "key=value". */
static inline void telemetry_capture_show_field(struct telemetry_field field)
{
	struct telemetry_fields one;

	one.items = &field;
	one.count = 1;
	telemetry_capture_show(&one);
}

static inline double telemetry_capture_number(const struct telemetry_value *v)
{
	return v->type == TELEMETRY_INT64    ? (double)v->as.i64
	       : v->type == TELEMETRY_UINT64 ? (double)v->as.u64
					     : v->as.f64;
}

/* 3, 3u and 3.0 are the same number. */
static inline int telemetry_capture_equal(const struct telemetry_value *a,
					  const struct telemetry_value *b)
{
	if (a->type >= TELEMETRY_INT64 && a->type <= TELEMETRY_DOUBLE &&
	    b->type >= TELEMETRY_INT64 && b->type <= TELEMETRY_DOUBLE &&
	    a->type != b->type)
		return !(telemetry_capture_number(a) <
			 telemetry_capture_number(b)) &&
		       !(telemetry_capture_number(a) >
			 telemetry_capture_number(b));
	if (a->type != b->type || a->type == TELEMETRY_NULL)
		return a->type == b->type;
	if (a->type == TELEMETRY_BOOL)
		return !a->as.boolean == !b->as.boolean;
	if (a->type != TELEMETRY_STRING)
		return a->as.u64 == b->as.u64;
	return a->length == b->length &&
	       (a->length == 0 ||
		memcmp(a->as.string, b->as.string, a->length) == 0);
}

/* Attaches to every name, and to what a span of that name executes. */
static inline int telemetry_capture_attach(struct telemetry_capture *capture,
					   const char *names)
{
	static const char *const ends[] = { "", ".start", ".stop",
					    ".exception" };
	enum { ROOM = TELEMETRY_NAME_MAX + 16 };
	size_t most = 2 * strlen(names) + 4, count = 0, i, j, n;
	const char **events = (const char **)malloc(most * sizeof(*events));
	char *text = (char *)malloc(most * ROOM);
	int ret = events && text ? 0 : -ENOMEM;

	while (ret == 0 && *(names += strspn(names, " ,\t\n"))) {
		n = strcspn(names, " ,\t\n");
		for (i = 0; i < 4; i++) {
			char *to = text + count * ROOM;

			snprintf(to, ROOM, "%.*s%s", (int)n, names, ends[i]);
			for (j = 0; j < count; j++)
				if (strcmp(events[j], to) == 0)
					break;
			if (j == count &&
			    (i == 0 || strlen(to) <= TELEMETRY_NAME_MAX))
				events[count++] = to;
		}
		names += n;
	}
	if (ret == 0)
		ret = count == 0
			      ? -EINVAL
			      : telemetry_attach_many(capture->id, events,
						      count,
						      telemetry_capture_handler,
						      capture, NULL);
	free(events);
	free(text);
	return ret;
}

#ifdef __cplusplus
}
#pragma GCC diagnostic pop
#endif

#endif
