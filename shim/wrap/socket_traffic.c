/*
 * socket_traffic.c - how a send or receive ends: the hottest of all spans.
 */
#include "wrap/socket_fields.h"

#include "base/hash.h"

#include <string.h>

/* The number is no socket any more, and we have not been told. */
static bool is_stale(int error)
{
	return error == EBADF || error == ENOTSOCK;
}

/* Odd: no two addresses give one product. */
#define HASH_ODD_1 0x9fb21c651e98df25u
#define HASH_ODD_2 0xc2b2ae3d27d4eb4fu

/* What describes a send or receive. */
struct io_facts {
	struct known_metadata known;
	const struct symbol *function;
	enum socket_direction direction;
	struct socket_facts socket;
};

static size_t describe_io(const struct known_metadata *known,
			  struct telemetry_field *fields)
{
	const struct io_facts *io =
		CONTAINER_OF(known, const struct io_facts, known);
	bool send = io->direction == SOCKET_SEND;
	struct telemetry_field *to = fields;

	to = socket_put(to, &SYM_function, io->function);
	to = socket_put(to, &SYM_operation, send ? &SYM_send : &SYM_recv);
	to = socket_put(to, &SYM_network_io_direction,
			send ? &SYM_transmit : &SYM_receive);
	return (size_t)(socket_put_kind(to, &io->socket) - fields);
}

/* Of all that describe_io() reads; the direction is the function's.  Different
 * sums of so few addresses are different numbers, all but surely. */
static uint64_t hash_of(const struct io_facts *io)
{
	const struct socket_facts *s = &io->socket;

	/* Symbols are aligned: the lowest bits say which fields there are. */
	uintptr_t shape = (uintptr_t)s->role + (s->peer.address != NULL) +
			  2 * (s->peer.port != 0);

	return hash_mix(hash_seed + (uintptr_t)io->function * HASH_ODD_1 +
				(uintptr_t)s->transport * HASH_ODD_2,
			(uintptr_t)s->type * HASH_ODD_1 + shape * HASH_ODD_2);
}

static void learn_facts(struct io_facts *facts, struct fd_entry *e,
			const struct socket_io *io)
{
	struct socket_facts *s = &facts->socket;
	bool stream = e && e->transport == &SYM_tcp;

	s->fd = io->fd;
	if (unlikely(!e)) {
		*s = (struct socket_facts){ .fd = io->fd };
		return;
	}
	s->transport = e->transport;
	s->type = e->type;
	s->role = e->role;
	/* The kernel takes no notice of addresses in a connection. */
	if (likely((!io->address_size || stream) && e->peer_state != PEER_ASK))
		s->peer = e->peer;
	else
		s->peer = socket_peer(io->fd, e,
				      stream || !io->address_size ? NULL
								  : io->address,
				      io->address_size);
}

void socket_io_done(struct wrap_call *call, struct fd_entry *e,
		    const struct socket_io *io)
{
	int error = io->failed && !errno_is_busy(call->exit_errno)
			    ? call->exit_errno
			    : 0;
	struct io_facts facts;
	struct socket_fields f;

	if (unlikely(is_stale(error))) {
		fd_set_unknown(io->fd);
		e = NULL;
	}
	facts.known.describe = describe_io;
	facts.function = call->site->function;
	facts.direction = io->direction;
	learn_facts(&facts, e, io);
	if (e && socket_is_attempting(e) && (error || io->bytes))
		socket_attempt_end(io->fd, e, error, call->end);
	if (io->bytes && e)
		add_relaxed(io->direction == SOCKET_SEND ? &e->sent
							 : &e->received,
			    io->bytes);
	f.measurements = 0;
	socket_measure(&f, &SYM_bytes, io->bytes);
	/* An end of file is no message. */
	socket_measure(&f, &SYM_messages,
		       facts.socket.transport == &SYM_tcp && !io->bytes
			       ? 0
			       : io->messages);
	facts.known.own_count =
		(size_t)(socket_put_own(facts.known.own, &facts.socket) -
			 facts.known.own);
	if (likely(error == 0)) {
		facts.known.same = hash_of(&facts);
		wrap_leave_known(call, f.m + SPAN_RESERVED, f.measurements,
				 &facts.known);
		return;
	}
	f.metadata = describe_io(&facts.known, f.d + SPAN_RESERVED);
	memcpy(f.d + SPAN_RESERVED + f.metadata, facts.known.own,
	       facts.known.own_count * sizeof(f.d[0]));
	f.metadata += facts.known.own_count;
	socket_finish(call, &f, error);
}
