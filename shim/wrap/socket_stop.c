/*
 * socket_stop.c - how sends, receives and waits end: the hottest of all spans,
 * by code that they share.  In a server that has more to do than this, it is
 * not in the cache when it is called, and each line of it costs more than the
 * instructions that are there.
 */
#include "event/known_stop.h"
#include "wrap/socket_fields.h"

#include <string.h>

/* What describes a wait. */
enum { READY, WAIT_OWN };
struct wait_facts {
	struct known known;
	const struct wrap_site *site;
};

static size_t describe_wait(const struct known *known,
			    struct telemetry_field *fields)
{
	const struct wait_facts *wait =
		CONTAINER_OF(known, const struct wait_facts, known);
	struct telemetry_field *to = fields;

	field_set_u64(to++, &SYM_ready, known->values[READY]);
	to = socket_put(to, &SYM_function, wait->site->function);
	return (size_t)(socket_put(to, &SYM_operation, &SYM_wait) - fields);
}

static void fill_wait(struct wait_facts *facts, const struct wrap_call *call)
{
	facts->known.same = socket_same(call->site, (struct fd_kind){ 0 });
	facts->known.describe = describe_wait;
	facts->known.measurements = WAIT_OWN;
	facts->known.own = 0;
	facts->known.values[READY] = call->values[READY];
	facts->site = call->site;
}

void socket_stop_known(const struct wrap_call *call, const struct known *known)
{
	struct thread *t = &thread_self;

	if (thread_claim(t)) {
		span_stop_known(&call->span, call->end, known);
		thread_release(t);
	}
	wrap_left();
}

void socket_fail_known(struct wrap_call *call, const struct known *known,
		       int error)
{
	struct telemetry_field fields[KNOWN_FIELDS];
	struct socket_fields f;

	f.measurements = known->measurements;
	f.metadata = known->describe(known, fields) - f.measurements;
	memcpy(f.m + SPAN_RESERVED, fields, f.measurements * sizeof(*fields));
	memcpy(f.d + SPAN_RESERVED, fields + f.measurements,
	       f.metadata * sizeof(*fields));
	socket_finish(call, &f, error);
}

/* Under the guard: there is no plan for it yet. */
static void tell(const struct wrap_call *call, const struct known *known)
{
	known_tell(&call->span, call->end, known);
}

/* With all that there is to say. */
static NOINLINE void end_with(const struct wrap_call *call, socket_ending end)
{
	struct wait_facts facts;

	if (call->socket) {
		socket_io_facts(call, end);
		return;
	}
	fill_wait(&facts, call);
	end(call, &facts.known);
}

/* Claims the guard and takes the span off the stack.  NULL: neither. */
static ALWAYS_INLINE struct owner *claim(struct thread *t,
					 const struct wrap_call *call)
{
	struct owner *owner = thread_claim_plain(t);

	if (unlikely(!owner) || likely(span_leave_first(owner, &call->span)))
		return owner;
	thread_release(t);
	return NULL;
}

HOT void socket_stop(struct wrap_call *call, uint64_t same)
{
	struct thread *t = thread_hot();
	struct owner *owner = claim(t, call);
	const struct known_plan *plan;

	if (unlikely(!owner)) {
		end_with(call, socket_stop_known);
		return;
	}
	plan = known_find(t->plans, owner, call->site->state, same);
	/* What it needs is not kept while one is looked for. */
	compiler_barrier();
	if (unlikely(!known_carry_out(plan, &call->span,
				      call->end - call->span.start,
				      call->values)))
		end_with(call, tell);
	thread_release(t);
	wrap_left();
}

void socket_wait_failed(struct wrap_call *call)
{
	struct wait_facts facts;

	call->exit_errno = errno;
	call->values[READY] = 0;
	fill_wait(&facts, call);
	if (errno_is_busy(call->exit_errno))
		socket_stop_known(call, &facts.known);
	else
		socket_fail_known(call, &facts.known, call->exit_errno);
}
