/* socket.c - see socket.h. */
#include "wrap/socket.h"

#include "base/sys.h"
#include "wrap/socket_fields.h"

static void describe_socket(struct socket_fields *f, int fd,
			    const struct fd_entry *e)
{
	struct telemetry_field *to = f->d + SPAN_RESERVED + f->metadata;
	struct socket_facts s = { .fd = fd };

	if (e)
		s = (struct socket_facts){ e->kind, e->peer, fd };
	to = socket_put_own(socket_put_kind(to, &s), &s);
	f->metadata = (size_t)(to - (f->d + SPAN_RESERVED));
}

void socket_finish(struct wrap_call *call, struct socket_fields *f, int error)
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

/* The gauge follows the spans that stop; what one that failed should have said
 * is said by the next. */
static void measure_connections(struct socket_fields *f,
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
	struct socket_fields f;

	f.measurements = f.metadata = 0;
	measure_connections(&f, change);
	if (change->ends && e) {
		socket_measure(&f, &SYM_bytes_sent,
			       load_relaxed(&e->bytes[SOCKET_SEND]));
		socket_measure(&f, &SYM_bytes_received,
			       load_relaxed(&e->bytes[SOCKET_RECV]));
		if (e->opened && e->kind.role)
			socket_measure(&f, &SYM_lifetime,
				       call->end - e->opened);
	}
	socket_describe(&f, &SYM_function, call->site->function);
	socket_describe(&f, &SYM_operation, change->operation);
	if (change->in_progress)
		socket_describe(&f, &SYM_in_progress, &SYM_true_);
	describe_socket(&f, change->fd, e);
	socket_finish(call, &f, change->error);
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
