/* socket.c - see socket.h. */
#include "wrap/socket.h"

#include "base/sys.h"

/* Fields of a socket's spans, behind the places reserved for span_close(). */
struct fields {
	struct telemetry_field m[SPAN_RESERVED + 4];
	struct telemetry_field d[SPAN_RESERVED + 12];
	size_t measurements, metadata;
};

static void measure(struct fields *f, const struct symbol *key, uint64_t value)
{
	f->m[SPAN_RESERVED + f->measurements++] = field_u64(key, value);
}

static void describe(struct fields *f, struct telemetry_field field)
{
	f->d[SPAN_RESERVED + f->metadata++] = field;
}

static void describe_symbol(struct fields *f, const struct symbol *key,
			    const struct symbol *value)
{
	if (value)
		describe(f, field_symbol(key, value));
}

static void describe_socket(struct fields *f, int fd, const struct fd_entry *e,
			    const struct fd_peer *peer)
{
	describe(f, field_i64(&SYM_fd, fd));
	if (!e)
		return;
	describe_symbol(f, &SYM_network_transport, e->transport);
	describe_symbol(f, &SYM_network_type, e->type);
	describe_symbol(f, &SYM_network_peer_address, peer->address);
	if (peer->port)
		describe(f, field_i64(&SYM_network_peer_port, peer->port));
	describe_symbol(f, &SYM_role, e->role);
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

void socket_io_done(struct wrap_call *call, struct fd_entry *e,
		    const struct socket_io *io)
{
	bool send = io->direction == SOCKET_SEND, stream;
	int error = io->failed && !errno_is_busy(call->exit_errno)
			    ? call->exit_errno
			    : 0;
	struct fd_peer peer;
	struct fields f;

	if (unlikely(is_stale(error))) {
		fd_set_unknown(io->fd);
		e = NULL;
	}
	stream = e && e->transport == &SYM_tcp;
	/* The kernel takes no notice of addresses in a connection. */
	if (e)
		peer = socket_peer(io->fd, e,
				   io->address_size && !stream ? io->address
							       : NULL,
				   io->address_size);
	if (e && socket_is_attempting(e) && (error || io->bytes))
		socket_attempt_end(io->fd, e, error, call->end);
	f.measurements = f.metadata = 0;
	if (io->bytes && e)
		add_relaxed(send ? &e->sent : &e->received, io->bytes);
	measure(&f, &SYM_bytes, io->bytes);
	/* An end of file is no message. */
	measure(&f, &SYM_messages, stream && !io->bytes ? 0 : io->messages);
	describe_symbol(&f, &SYM_function, call->site->function);
	describe_symbol(&f, &SYM_operation, send ? &SYM_send : &SYM_recv);
	describe_symbol(&f, &SYM_network_io_direction,
			send ? &SYM_transmit : &SYM_receive);
	describe_socket(&f, io->fd, e, &peer);
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
	static const struct fd_peer unknown;
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
	describe_socket(&f, change->fd, e, e ? &e->peer : &unknown);
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
