/*
 * parity.h - what the programs of tests/parity/ have in common.
 *
 *	#include "parity.h"
 *
 *	static void parity(void) { CHECK(...); }
 *
 * They are hazard programs (hazard.h) whose parity() runs under the shim only;
 * bare they do nothing, and must leave the same behind.
 */
#ifndef TESTS_LIB_PARITY_H
#define TESTS_LIB_PARITY_H

#include "hazard.h"

#include <pthread.h>

static void parity(void);

/* What a handler was called with, as text: "event{a=1,b=x}{c=null}". */
#define SEEN_MAX 64
struct seen {
	unsigned int count;
	char text[SEEN_MAX][600];
	struct telemetry_field measurements[SEEN_MAX][8]; /* keys, numbers */
	uint64_t span_id[SEEN_MAX], parent[SEEN_MAX];
	const void *config;
};

__attribute__((unused)) static size_t
print_value(char *out, size_t size, const struct telemetry_value *v)
{
	switch (v->type) {
	case TELEMETRY_INT64:
		return (size_t)snprintf(out, size, "%lld",
					(long long)v->as.i64);
	case TELEMETRY_UINT64:
		return (size_t)snprintf(out, size, "%llu",
					(unsigned long long)v->as.u64);
	case TELEMETRY_DOUBLE:
		return (size_t)snprintf(out, size, "%g", v->as.f64);
	case TELEMETRY_BOOL:
		return (size_t)snprintf(out, size, "%s",
					v->as.boolean ? "true" : "false");
	case TELEMETRY_STRING:
		return (size_t)snprintf(out, size, "%.*s", (int)v->length,
					v->as.string);
	case TELEMETRY_POINTER:
		return (size_t)snprintf(out, size, "pointer");
	default:
		return (size_t)snprintf(out, size, "null");
	}
}

/* Values that differ from run to run are shown as "?". */
static inline int is_known(const char *key)
{
	return strcmp(key, "monotonic_time") && strcmp(key, "system_time") &&
	       strcmp(key, "duration") && strcmp(key, "span_id") &&
	       strcmp(key, "parent_span_id") && strcmp(key, "stacktrace");
}

__attribute__((unused)) static size_t
print_fields(char *out, size_t size, const struct telemetry_fields *f)
{
	size_t n = 0, i;

	n += (size_t)snprintf(out + n, size - n, "{");
	for (i = 0; i < f->count; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s%s=", i ? "," : "",
				      f->items[i].key);
		if (is_known(f->items[i].key))
			n += print_value(out + n, size - n, &f->items[i].value);
		else
			n += (size_t)snprintf(out + n, size - n, "?");
	}
	return n + (size_t)snprintf(out + n, size - n, "}");
}

static inline uint64_t u64_of(const struct telemetry_fields *f, const char *key)
{
	const struct telemetry_value *v = telemetry_get(f, key);

	return v && v->type == TELEMETRY_UINT64 ? v->as.u64 : 0;
}

/* A handler that keeps what it sees in its config, a struct seen. */
__attribute__((unused)) static int
see(const char *event, const struct telemetry_fields *measurements,
    const struct telemetry_fields *metadata, void *config)
{
	struct seen *s = config;
	size_t n, i;

	CHECK(s->count < SEEN_MAX);
	n = (size_t)snprintf(s->text[s->count], sizeof(s->text[0]), "%s",
			     event);
	n += print_fields(s->text[s->count] + n, sizeof(s->text[0]) - n,
			  measurements);
	print_fields(s->text[s->count] + n, sizeof(s->text[0]) - n, metadata);
	for (i = 0; i < measurements->count && i < 8; i++)
		s->measurements[s->count][i] = measurements->items[i];
	s->span_id[s->count] = u64_of(metadata, "span_id");
	s->parent[s->count] = u64_of(metadata, "parent_span_id");
	s->config = config;
	s->count++;
	return 0;
}

/* A measurement of the n-th event seen. */
static inline uint64_t number(const struct seen *s, unsigned int n,
			      const char *key)
{
	struct telemetry_fields f = { s->measurements[n], 0 };

	while (f.count < 8 && f.items[f.count].key)
		f.count++;
	return u64_of(&f, key);
}

#define CHECK_SEEN(s, n, expected)                                             \
	do {                                                                   \
		if ((s)->count <= (n) ||                                       \
		    strcmp((s)->text[n], (expected)) != 0) {                   \
			fprintf(stderr, "saw %u: \"%s\"\nnot \"%s\"\n",        \
				(s)->count, (s)->text[n], (expected));         \
			CHECK(!"as expected");                                 \
		}                                                              \
	} while (0)

static inline void see_event(const char *id, const char *event,
			     struct seen *seen)
{
	CHECK(telemetry_attach(id, event, see, seen) == 0);
}

static inline void see_span(const char *id, const char *span, struct seen *seen)
{
	char names[3][300];
	const char *events[] = { names[0], names[1], names[2] };

	snprintf(names[0], sizeof(names[0]), "%s.start", span);
	snprintf(names[1], sizeof(names[1]), "%s.stop", span);
	snprintf(names[2], sizeof(names[2]), "%s.exception", span);
	CHECK(telemetry_attach_many(id, events, 3, see, seen, NULL) == 0);
}

static inline int execute(const char *event)
{
	return telemetry_execute(event, NULL, 0, NULL, 0);
}

static int count_info(const struct telemetry_handler_info *info, void *arg)
{
	CHECK(info->struct_size == sizeof(*info));
	CHECK(info->id && info->event && info->function);
	++*(int *)arg;
	return 0;
}

static inline int listed(const char *prefix)
{
	int count = 0;

	CHECK(telemetry_list(prefix, count_info, &count) == 0);
	return count;
}

/* A handler that fails with the number in its config. */
__attribute__((unused)) static int
fail_with(const char *event, const struct telemetry_fields *measurements,
	  const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	return *(int *)config;
}

int main(void)
{
	if (shimmed())
		parity();
	return hazard_end();
}

#endif
