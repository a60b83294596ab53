/*
 * socket_traffic.c - how a send or receive ends: the hottest of all spans.
 */
#include "base/segment.h"
#include "event/known_stop.h"
#include "wrap/socket_fields.h"

#include <string.h>

/* The number is no socket any more, and we have not been told. */
static bool is_stale(int error)
{
	return error == EBADF || error == ENOTSOCK;
}

/* Measurements are the first of the values, own metadata the others. */
enum { BYTES, MESSAGES, OWN };

/* What describes a send or receive. */
struct io_facts {
	struct known known;
	const struct wrap_site *site;
	enum socket_direction direction;
	struct socket_facts socket;
};

static size_t describe_io(const struct known *known,
			  struct telemetry_field *fields)
{
	const struct io_facts *io =
		CONTAINER_OF(known, const struct io_facts, known);
	bool send = io->direction == SOCKET_SEND;
	struct telemetry_field *to = fields;

	field_set_u64(to++, &SYM_bytes, known->values[BYTES]);
	field_set_u64(to++, &SYM_messages, known->values[MESSAGES]);
	to = socket_put(to, &SYM_function, io->site->function);
	to = socket_put(to, &SYM_operation, send ? &SYM_send : &SYM_recv);
	to = socket_put(to, &SYM_network_io_direction,
			send ? &SYM_transmit : &SYM_receive);
	to = socket_put_kind(to, &io->socket);
	return (size_t)(socket_put_own(to, &io->socket) - fields);
}

/* The values of socket_put_own(). */
static ALWAYS_INLINE void set_own(struct io_facts *io)
{
	const struct socket_facts *s = &io->socket;
	uint64_t *to = &io->known.values[OWN];

	*to++ = (uint32_t)s->fd;
	if (s->peer.address)
		*to++ = known_text(load_relaxed(&s->peer.address->in_segment),
				   segment_generation());
	if (s->peer.port)
		*to++ = s->peer.port;
	io->known.own = (uint32_t)(to - &io->known.values[OWN]);
}

/* All that describe_io() looks at, but for the values: a site, which has a
 * direction, and what many sockets have in common.  Two sites are further apart
 * than that. */
static ALWAYS_INLINE uint64_t same_kind(const struct wrap_site *site,
					struct fd_kind kind)
{
	uint8_t bits;

	_Static_assert(sizeof(kind) == sizeof(bits), "one byte");
	memcpy(&bits, &kind, sizeof(bits));
	return (uintptr_t)site << 8 | bits;
}

static ALWAYS_INLINE void learn_facts(struct io_facts *facts,
				      struct fd_entry *e,
				      const struct socket_io *io)
{
	struct socket_facts *s = &facts->socket;
	bool stream;

	s->fd = io->fd;
	if (unlikely(!e)) {
		*s = (struct socket_facts){ .fd = io->fd };
		return;
	}
	s->kind = e->kind;
	stream = s->kind.transport == FD_TCP;
	/* The kernel takes no notice of addresses in a connection. */
	if (likely((!io->address_size || stream) && e->peer_state != PEER_ASK))
		s->peer = e->peer;
	else
		s->peer = socket_peer(io->fd, e,
				      stream || !io->address_size ? NULL
								  : io->address,
				      io->address_size);
	s->kind = fd_kind_with(s->kind, s->peer);
}

static NOINLINE void fail(struct wrap_call *call, const struct io_facts *facts,
			  int error)
{
	struct telemetry_field fields[KNOWN_FIELDS];
	struct socket_fields f;

	f.measurements = facts->known.measurements;
	f.metadata = describe_io(&facts->known, fields) - f.measurements;
	memcpy(f.m + SPAN_RESERVED, fields, f.measurements * sizeof(*fields));
	memcpy(f.d + SPAN_RESERVED, fields + f.measurements,
	       f.metadata * sizeof(*fields));
	socket_finish(call, &f, error);
}

/* Stopped: wrap_leave(), without errno. */
static ALWAYS_INLINE void stop(const struct wrap_call *call,
			       const struct known *known)
{
	struct thread *t = &thread_self;

	if (thread_claim(t)) {
		span_stop_known(&call->span, call->end, known);
		thread_release(t);
	}
	wrap_left();
}

/* What it failed with, or 0.  A number that is no socket any more is
 * forgotten. */
static NOINLINE int failure_of(struct wrap_call *call, struct fd_entry **e,
			       const struct socket_io *io)
{
	call->exit_errno = errno;
	if (errno_is_busy(call->exit_errno))
		return 0;
	if (is_stale(call->exit_errno)) {
		fd_set_unknown(io->fd);
		*e = NULL;
	}
	return call->exit_errno;
}

/* What there is to say. */
static ALWAYS_INLINE void fill(struct io_facts *facts,
			       const struct wrap_call *call, struct fd_entry *e,
			       const struct socket_io *io)
{
	facts->known.describe = describe_io;
	facts->known.measurements = OWN;
	facts->site = call->site;
	facts->direction = io->direction;
	learn_facts(facts, e, io);
	facts->known.values[BYTES] = io->bytes;
	/* An end of file is no message. */
	facts->known.values[MESSAGES] =
		facts->socket.kind.transport == FD_TCP && !io->bytes
			? 0
			: io->messages;
	set_own(facts);
	facts->known.same = same_kind(facts->site, facts->socket.kind);
}

void socket_io_done_with(struct wrap_call *call, struct fd_entry *e,
			 const struct socket_io *io)
{
	struct io_facts facts;
	int error = 0;

	if (unlikely(io->failed))
		error = failure_of(call, &e, io);
	fill(&facts, call, e, io);
	if (e && socket_is_attempting(e) && (error || io->bytes))
		socket_attempt_end(io->fd, e, error, call->end);
	if (io->bytes && e)
		add_relaxed(&e->bytes[io->direction], io->bytes);
	if (likely(!error))
		stop(call, &facts.known);
	else
		fail(call, &facts, error);
}

static NOINLINE void done_slowly(struct wrap_call *call, struct fd_entry *e,
				 int fd, enum socket_direction direction,
				 int64_t bytes, uint64_t messages)
{
	struct socket_io io = socket_io_of(fd, direction, bytes, messages);

	socket_io_done_with(call, e, &io);
}

/* Under the guard: there is no plan for it yet.  Of the values it needs those
 * that sum_up() always has. */
static NOINLINE void tell(const struct wrap_call *call, struct fd_entry *e,
			  enum socket_direction direction,
			  const uint64_t *values)
{
	struct socket_io io =
		socket_io_of((int)values[OWN], direction,
			     (int64_t)values[BYTES], values[MESSAGES]);
	struct io_facts facts;

	fill(&facts, call, e, &io);
	known_tell(&call->span, call->end, &facts.known);
	fd_learn_text(e);
}

/* What fill() says in short: what it is the same as, and the values. */
static ALWAYS_INLINE uint64_t sum_up(const struct owner *owner,
				     const struct wrap_call *call,
				     const struct fd_entry *e, int fd,
				     int64_t bytes, uint64_t messages,
				     uint64_t *values)
{
	struct fd_kind kind = e->kind;
	uint64_t *own = &values[OWN];

	values[BYTES] = (uint64_t)bytes;
	values[MESSAGES] =
		unlikely(!bytes) && kind.transport == FD_TCP ? 0 : messages;
	own[0] = (uint32_t)fd;
	if (kind.address) {
		own[1] = known_text(load_relaxed(&e->text), owner->texts);
		own[2] = e->peer.port; /* 0: nobody looks at it */
	}
	return same_kind(call->site, kind);
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

HOT void socket_io_done(struct wrap_call *call, struct fd_entry *e, int fd,
			enum socket_direction direction, int64_t bytes,
			uint64_t messages)
{
	struct thread *t = &thread_self;
	struct owner *owner;
	uint64_t values[KNOWN_VALUES], same;

	if (unlikely(bytes < 0) || unlikely(e->peer_state >= PEER_ODD) ||
	    socket_is_attempting(e) || unlikely(!(owner = claim(t, call)))) {
		done_slowly(call, e, fd, direction, bytes, messages);
		return;
	}
	if (likely(bytes))
		add_relaxed(&e->bytes[direction], bytes);
	same = sum_up(owner, call, e, fd, bytes, messages, values);
	if (unlikely(!known_carry_out(t->plans, owner, &call->span,
				      call->end - call->span.start, same,
				      values)))
		tell(call, e, direction, values);
	thread_release(t);
	wrap_left();
}
