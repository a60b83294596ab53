/*
 * known_fixture.h - stops of spans that come again and again, made by hand.
 */
#ifndef TESTS_UNIT_KNOWN_FIXTURE_H
#define TESTS_UNIT_KNOWN_FIXTURE_H

#include "metric_fixture.h"

#include "event/known_stop.h"
#include "recorder/ring.h"

struct facts {
	struct known known;
	const struct symbol *role, *peer;
};

static __thread unsigned int described;

static size_t describe(const struct known *known,
		       struct telemetry_field *fields)
{
	const struct facts *facts =
		CONTAINER_OF(known, const struct facts, known);

	described++;
	field_set_u64(&fields[0], &SYM_bytes, known->values[0]);
	field_set_symbol(&fields[1], &SYM_function, facts->role);
	/* Tags of metrics only: not recorded. */
	field_set_symbol(&fields[2], &SYM_role, facts->role);
	field_set_symbol(&fields[3], &SYM_operation, &SYM_send);
	field_set_i64(&fields[4], &SYM_fd, (int64_t)known->values[1]);
	if (facts->peer)
		field_set_symbol(&fields[5], &SYM_network_peer_address,
				 facts->peer);
	return facts->peer ? 6 : 5;
}

static struct span_class *class;

__attribute__((unused)) static void stop(const struct symbol *role,
					 uint64_t same, int fd,
					 const struct symbol *peer,
					 uint64_t bytes)
{
	struct facts f = {
		.known = { .same = same,
			   .describe = describe,
			   .measurements = 1,
			   .own = peer ? 2 : 1,
			   .values = { bytes, (uint64_t)fd,
				       peer ? known_text(peer->in_segment,
							 segment_generation())
					    : 0 } },
		.role = role,
		.peer = peer,
	};
	struct span span;

	span_open(&span, class, FRAME(), LIBRARY_NONE, NULL, 0);
	span_stop_known(&span, span.start + 10, &f.known);
}

static void begin(void)
{
	struct segment_options options = { .limit = 0 };

	setup();
	segment_configure(&options);
	class = span_class_intern("shop.call", 9);
	CHECK(class != NULL);
}

/* A handler of the program; how often it was called. */
static int calls;

__attribute__((unused)) static int
look(const char *event, const struct telemetry_fields *measurements,
     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *v;

	(void)event;
	(void)config;
	v = telemetry_get(metadata, "role");
	CHECK(v && !strcmp(v->as.string, "client"));
	v = telemetry_get(metadata, "fd");
	CHECK(v && v->as.i64 == 21);
	v = telemetry_get(metadata, "span_id");
	CHECK(v && v->as.u64 != 0);
	v = telemetry_get(measurements, "bytes");
	CHECK(v && v->as.u64 == 5);
	v = telemetry_get(measurements, "duration");
	CHECK(v && v->as.u64 == 10);
	CHECK_INT(metadata->count, 5);
	calls++;
	return 0;
}

#endif
