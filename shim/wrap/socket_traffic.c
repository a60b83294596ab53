/*
 * socket_traffic.c - how a send or receive ends: the hottest of all spans.
 */
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
		*to++ = known_symbol(s->peer.address);
	if (s->peer.port)
		*to++ = s->peer.port;
	io->known.own = (uint32_t)(to - &io->known.values[OWN]);
}

/* All that describe_io() looks at, but for the values.  The direction is the
 * site's; two sites are further apart than that. */
static ALWAYS_INLINE uint64_t same_of(const struct io_facts *io)
{
	const struct socket_facts *s = &io->socket;
	uint64_t kind = s->kind.transport | s->kind.type << 2 |
			s->kind.role << 4 | (s->peer.address != NULL) << 6 |
			(s->peer.port != 0) << 7;

	return (uintptr_t)io->site << 8 | kind;
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

void socket_io_done(struct wrap_call *call, struct fd_entry *e,
		    const struct socket_io *io)
{
	bool send = io->direction == SOCKET_SEND;
	struct io_facts facts;
	int error = 0;

	if (unlikely(io->failed))
		error = failure_of(call, &e, io);
	facts.known.describe = describe_io;
	facts.known.measurements = OWN;
	facts.site = call->site;
	facts.direction = io->direction;
	learn_facts(&facts, e, io);
	if (e && socket_is_attempting(e) && (error || io->bytes))
		socket_attempt_end(io->fd, e, error, call->end);
	if (io->bytes && e)
		add_relaxed(send ? &e->sent : &e->received, io->bytes);
	facts.known.values[BYTES] = io->bytes;
	/* An end of file is no message. */
	facts.known.values[MESSAGES] =
		facts.socket.kind.transport == FD_TCP && !io->bytes
			? 0
			: io->messages;
	set_own(&facts);
	facts.known.same = same_of(&facts);
	if (likely(!error))
		stop(call, &facts.known);
	else
		fail(call, &facts, error);
}
