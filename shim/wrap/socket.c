/* socket.c - see socket.h. */
#include "wrap/socket.h"

#include "base/hash.h"
#include "base/sys.h"

#include <string.h>

/* What is known of a socket. */
struct socket_facts {
	const struct symbol *transport, *type, *role; /* or NULL */
	struct fd_peer peer;
	int fd;
};

/* Fields of a socket's spans, behind the places reserved for span_close(). */
struct fields {
	struct telemetry_field m[SPAN_RESERVED + 4];
	struct telemetry_field d[SPAN_RESERVED + 12];
	size_t measurements, metadata;
};

static void measure(struct fields *f, const struct symbol *key, uint64_t value)
{
	field_set_u64(&f->m[SPAN_RESERVED + f->measurements++], key, value);
}

static void describe_symbol(struct fields *f, const struct symbol *key,
			    const struct symbol *value)
{
	if (value)
		f->d[SPAN_RESERVED + f->metadata++] = field_symbol(key, value);
}

/* Appends; where the next one goes. */
static struct telemetry_field *put_symbol(struct telemetry_field *to,
					  const struct symbol *key,
					  const struct symbol *value)
{
	if (!value)
		return to;
	field_set_symbol(to, key, value);
	return to + 1;
}

/* What many sockets have in common, and what is one's own. */
static struct telemetry_field *put_kind(struct telemetry_field *to,
					const struct socket_facts *s)
{
	to = put_symbol(to, &SYM_network_transport, s->transport);
	to = put_symbol(to, &SYM_network_type, s->type);
	return put_symbol(to, &SYM_role, s->role);
}

static ALWAYS_INLINE struct telemetry_field *
put_own(struct telemetry_field *to, const struct socket_facts *s)
{
	field_set_i64(to++, &SYM_fd, s->fd);
	to = put_symbol(to, &SYM_network_peer_address, s->peer.address);
	if (s->peer.port)
		field_set_i64(to++, &SYM_network_peer_port, s->peer.port);
	return to;
}

static void describe_socket(struct fields *f, int fd, const struct fd_entry *e)
{
	struct telemetry_field *to = f->d + SPAN_RESERVED + f->metadata;
	struct socket_facts s = { .fd = fd };

	if (e)
		s = (struct socket_facts){ e->transport, e->type, e->role,
					   e->peer, fd };
	to = put_own(put_kind(to, &s), &s);
	f->metadata = (size_t)(to - (f->d + SPAN_RESERVED));
}

static void finish(struct wrap_call *call, struct fields *f, int error)
{
	struct span_failure failure;

	if (error == 0) {
		wrap_leave(call, NULL, f->m + SPAN_RESERVED, f->measurements,
			   f->d + SPAN_RESERVED, f->metadata);
		return;
	}
	if (error == SOCKET_GIVEN_UP) {
		failure.kind = &SYM_kind_cancel;
		failure.reason = field_symbol(&SYM_reason, &SYM_closed).value;
	} else {
		failure = failure_errno(error);
	}
	wrap_leave(call, &failure, f->m + SPAN_RESERVED, f->measurements,
		   f->d + SPAN_RESERVED, f->metadata);
}

struct fd_peer socket_peer(int fd, struct fd_entry *e,
			   const struct sockaddr *address, uint32_t size)
{
	struct thread *t = &thread_self;
	struct fd_peer peer = { 0 };

	if (likely(!address && e->peer_state != PEER_ASK))
		return e->peer;
	if (!thread_claim(t))
		return peer;
	peer = address ? fd_peer_of(address, size) : *fd_peer(fd, e);
	thread_release(t);
	return peer;
}

static bool is_on_stack(const void *p, size_t size)
{
	const struct thread *t = &thread_self;
	uintptr_t now = (uintptr_t)FRAME(), at = (uintptr_t)p;

	return now - t->stack_low < t->stack_high - t->stack_low && at >= now &&
	       at < t->stack_high && size <= t->stack_high - at;
}

uint32_t socket_room(const socklen_t *size)
{
	return is_on_stack(size, sizeof(*size)) ? *size : SOCKET_ROOM_UNKNOWN;
}

uint32_t socket_message_room(const struct msghdr *msg)
{
	return is_on_stack(msg, sizeof(*msg)) ? msg->msg_namelen
					      : SOCKET_ROOM_UNKNOWN;
}

uint32_t socket_stored(uint32_t room, const socklen_t *size)
{
	uint32_t length = size ? *size : 0;

	/* Nobody has less room than that of the common family. */
	if (room == SOCKET_ROOM_UNKNOWN)
		return length <= sizeof(struct sockaddr) ? length : 0;
	return length < room ? length : room;
}

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

	to = put_symbol(to, &SYM_function, io->function);
	to = put_symbol(to, &SYM_operation, send ? &SYM_send : &SYM_recv);
	to = put_symbol(to, &SYM_network_io_direction,
			send ? &SYM_transmit : &SYM_receive);
	return (size_t)(put_kind(to, &io->socket) - fields);
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
	struct fields f;

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
	measure(&f, &SYM_bytes, io->bytes);
	/* An end of file is no message. */
	measure(&f, &SYM_messages,
		facts.socket.transport == &SYM_tcp && !io->bytes
			? 0
			: io->messages);
	facts.known.own_count =
		(size_t)(put_own(facts.known.own, &facts.socket) -
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
	finish(call, &f, error);
}

/* The gauge follows the spans that stop; what one that failed should have said
 * is said by the next. */
static void measure_connections(struct fields *f,
				const struct socket_change *change)
{
	int connections = change->connections;

	if (!change->socket)
		return;
	if (change->error) {
		fd_owe(change->socket, connections);
		return;
	}
	connections += fd_take_owed(change->socket);
	if (connections)
		f->m[SPAN_RESERVED + f->measurements++] =
			field_i64(&SYM_connections, connections);
}

void socket_change_done(struct wrap_call *call,
			const struct socket_change *change)
{
	const struct fd_entry *e = change->socket;
	struct fields f;

	f.measurements = f.metadata = 0;
	measure_connections(&f, change);
	if (change->ends && e) {
		measure(&f, &SYM_bytes_sent, load_relaxed(&e->sent));
		measure(&f, &SYM_bytes_received, load_relaxed(&e->received));
		if (e->opened && e->role)
			measure(&f, &SYM_lifetime, call->end - e->opened);
	}
	describe_symbol(&f, &SYM_function, call->site->function);
	describe_symbol(&f, &SYM_operation, change->operation);
	if (change->in_progress)
		describe_symbol(&f, &SYM_in_progress, &SYM_true_);
	describe_socket(&f, change->fd, e);
	finish(call, &f, change->error);
}

void socket_close_begin(struct socket_closing *closing, int fd,
			struct fd_entry *e)
{
	socket_peer(fd, e, NULL, 0);
	if (socket_is_attempting(e))
		socket_attempt_closed(fd, e);
	closing->was = *e;
	closing->entry = e;
	closing->fd = fd;
	closing->counted = fd_uncount(e);
	closing->pending = true;
}

void socket_close_undo(struct socket_closing *closing)
{
	if (closing->counted)
		fd_count(closing->entry);
	closing->counted = false;
}

void socket_closed(struct wrap_call *call, struct socket_closing *closing,
		   int ret)
{
	int error = ret < 0 ? call->exit_errno : 0;
	struct socket_change change = {
		.fd = closing->fd,
		.operation = &SYM_close,
		.error = errno_is_busy(error) ? 0 : error,
		.connections = closing->counted ? -1 : 0,
		.socket = &closing->was,
		.ends = true,
	};

	closing->pending = false;
	socket_change_done(call, &change);
}

void socket_close_abandoned(struct socket_closing *closing)
{
	struct fd_entry *e = closing->entry;
	uint32_t type, size = sizeof(type), other = FD_OTHER;

	if (likely(!closing->pending))
		return;
	/* Most are cancelled before anything has been closed.  Pairs with
	 * fd_lookup(). */
	if (sys_getsockopt(closing->fd, SOL_SOCKET, SO_TYPE, &type, &size) ==
		    0 &&
	    __atomic_compare_exchange_n(&e->class, &other, FD_SOCKET, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		socket_close_undo(closing);
	else if (closing->counted)
		fd_owe(&closing->was, -1);
}

void socket_wait_done(struct wrap_call *call, long ret)
{
	int error = ret < 0 && !errno_is_busy(call->exit_errno)
			    ? call->exit_errno
			    : 0;
	struct fields f;

	f.measurements = f.metadata = 0;
	measure(&f, &SYM_ready, ret > 0 ? (uint64_t)ret : 0);
	describe_symbol(&f, &SYM_function, call->site->function);
	describe_symbol(&f, &SYM_operation, &SYM_wait);
	finish(call, &f, error);
}
