/*
 * T65: the exception of a span carries the stack, if a handler has asked for
 * it; in the wrapped call of a program that knows nothing, too.
 */
#include "parity.h"

#include <sys/socket.h>
#include <sys/un.h>

static char trace[2048];
static int calls;

static int look(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *v = telemetry_get(metadata, "stacktrace");

	(void)event;
	(void)measurements;
	(void)config;
	calls++;
	trace[0] = '\0';
	if (v)
		snprintf(trace, sizeof(trace), "%.*s", (int)v->length,
			 v->as.string);
	return 0;
}

/* With what a sanitizer adds to it. */
#define FUNCTION_SIZE 2000

/* One of the addresses lies in the first bytes of the function. */
static int is_in_trace(const void *function)
{
	const char *p = trace;
	char *end;

	while (*p) {
		uintptr_t address = (uintptr_t)strtoull(p, &end, 16);

		if (address - (uintptr_t)function < FUNCTION_SIZE)
			return 1;
		p = end + strspn(end, " ");
		CHECK(end != p || *p == '\0');
	}
	return 0;
}

__attribute__((noinline)) static void fail_to_connect(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX,
				  .sun_path = "/nonexistent/socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0);
	close(fd);
	__asm__ volatile("");
}

__attribute__((noinline)) static void fail_a_span(void)
{
	struct telemetry_span span;

	CHECK(!telemetry_span_begin(&span, "t65.op", NULL, 0));
	CHECK(!telemetry_span_fail(&span, "error", "no", NULL, 0));
	__asm__ volatile("");
}

static void parity(void)
{
	static const char *const events[] = { "libc.socket.connect.exception",
					      "t65.op.exception" };
	struct telemetry_attach_options options = {
		.struct_size = sizeof(options),
		.needs = TELEMETRY_NEEDS_STACK,
	};

	CHECK(!telemetry_attach_many("plain", events, 2, look, NULL, NULL));
	fail_to_connect();
	CHECK(calls == 1 && !trace[0]);
	fail_a_span();
	CHECK(calls == 2 && !trace[0]);
	CHECK(!telemetry_detach("plain"));
	CHECK(!telemetry_attach_many("asks", events, 2, look, NULL, &options));
	fail_to_connect();

	CHECK(calls == 3 && is_in_trace((const void *)fail_to_connect));
	fail_a_span();
	CHECK(calls == 4 && is_in_trace((const void *)fail_a_span));
	/* It goes with the handler. */
	CHECK(!telemetry_attach_many("plain", events, 2, look, NULL, NULL));
	CHECK(!telemetry_detach("asks"));
	fail_to_connect();
	CHECK(calls == 5 && !trace[0]);
	options.needs = 2;
	CHECK(telemetry_attach_many("asks", events, 2, look, NULL, &options) ==
	      -EINVAL);
	CHECK(!telemetry_detach("plain"));
}
