/*
 * socket_traffic.c - what there is to say at the end of a send or receive.
 */
#include "base/segment.h"
#include "wrap/socket_fields.h"

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
	facts->known.same = socket_same(facts->site, facts->socket.kind);
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
		socket_stop_known(call, &facts.known);
	else
		socket_fail_known(call, &facts.known, error);
}

static NOINLINE void done_slowly(struct wrap_call *call, struct fd_entry *e,
				 int fd, enum socket_direction direction,
				 int64_t bytes, uint64_t messages)
{
	struct socket_io io = socket_io_of(fd, direction, bytes, messages);

	socket_io_done_with(call, e, &io);
}

void socket_io_facts(const struct wrap_call *call, socket_ending end)
{
	const uint64_t *values = call->values;
	struct socket_io io = socket_io_of(
		(int)values[OWN], (enum socket_direction)call->direction,
		(int64_t)values[BYTES], values[MESSAGES]);
	struct io_facts facts;

	fill(&facts, call, call->socket, &io);
	end(call, &facts.known);
	fd_learn_text(call->socket);
}

/* What fill() says in short: the values; and what it is the same as. */
static ALWAYS_INLINE uint64_t sum_up(struct wrap_call *call,
				     const struct fd_entry *e, int fd,
				     int64_t bytes, uint64_t messages)
{
	struct fd_kind kind = e->kind;
	uint64_t *values = call->values, *own = &values[OWN];

	values[BYTES] = (uint64_t)bytes;
	values[MESSAGES] =
		unlikely(!bytes) && kind.transport == FD_TCP ? 0 : messages;
	own[0] = (uint32_t)fd;
	if (likely(kind.address)) {
		/* If another owner writes it down, that is by no plan. */
		own[1] = known_text(load_relaxed(&e->text),
				    thread_get(owner)->texts);
		own[2] = e->peer.port; /* 0: nobody looks at it */
	}
	return socket_same(call->site, kind);
}

HOT void socket_io_done(struct wrap_call *call, struct fd_entry *e, int fd,
			enum socket_direction direction, int64_t bytes,
			uint64_t messages)
{
	if (unlikely(e->peer_state >= PEER_ODD) || socket_is_attempting(e)) {
		done_slowly(call, e, fd, direction, bytes, messages);
		return;
	}
	if (unlikely(bytes < 0)) {
		if (bytes != SOCKET_BUSY) {
			done_slowly(call, e, fd, direction, bytes, messages);
			return;
		}
		bytes = 0;
		messages = 0;
	}
	call->socket = e;
	call->direction = direction;
	if (likely(bytes))
		add_relaxed(&e->bytes[direction], bytes);
	socket_stop(call, sum_up(call, e, fd, bytes, messages));
}
