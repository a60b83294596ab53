/*
 * socket_life.c - libc.socket.connect, accept and close.
 *
 * A descriptor is forgotten before the host's close and learnt after the
 * host's open, so another thread that gets the same number finds it clean.
 */
#include "wrap/expand.h"
#include "wrap/process.h"
#include "wrap/socket.h"

#include <linux/close_range.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- connect and accept ------------------------------------------------ */

/* The address was read by the kernel, so we may. */
static bool address_was_read(int error)
{
	return error != EFAULT && error != EINVAL && error != EBADF &&
	       error != ENOTSOCK && error != EISCONN && error != EALREADY;
}

static void learn_peer(struct fd_entry *e, const struct sockaddr *addr,
		       uint32_t size, enum fd_role role)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return;
	fd_set_peer(e, addr, size, role);
	thread_release(t);
}

/* connect() to no family ends a connection, or nothing. */
static int disconnected(struct fd_entry *e)
{
	fd_put_peer(e, (struct fd_peer){ 0 });
	e->peer_state = PEER_NONE;
	return fd_uncount(e) ? -1 : 0;
}

static void connected(struct wrap_call *call, struct fd_entry *e, int fd,
		      int ret, const struct sockaddr *addr, socklen_t size)
{
	int error = ret < 0 ? call->exit_errno : 0;
	struct socket_change change = {
		.fd = fd,
		.operation = &SYM_connect,
		/* After a signal it goes on, too. */
		.in_progress = error == EINPROGRESS || error == EINTR,
		.socket = e,
	};

	if (!errno_is_busy(error) && error != EISCONN)
		change.error = error;
	if (error == 0 && size >= sizeof(addr->sa_family) &&
	    addr->sa_family == AF_UNSPEC) {
		change.connections = disconnected(e);
	} else {
		if (address_was_read(error))
			learn_peer(e, addr, size, FD_CLIENT);
		if (change.in_progress && socket_attempt_begin(call, fd, e))
			return;
		/* This call only says what became of an earlier one; the
		 * failure is that one's, and counted once. */
		if (socket_is_attempting(e) && error != EALREADY) {
			socket_attempt_end(fd, e, change.error, call->end);
			change.error = 0;
		}
		if (fd_is_connection(e) && (error == 0 || error == EISCONN))
			change.connections = fd_count(e);
	}
	socket_change_done(call, &change);
}

WRAP(FAMILY_SOCKET, int, connect, "libc.socket.connect", fd_lookup_socket(fd),
     connected(&call, subject, fd, ret, addr, size), (int, fd),
     (const struct sockaddr *, addr), (socklen_t, size))

/* A connection of which no more is known than that it is one. */
static struct fd_entry *learn_connection(const struct fd_entry *listening,
					 int fd)
{
	struct fd_entry *e;

	/* Of the exporter's thread: a number of another table (fd.c). */
	if (thread_self.state == THREAD_OURS)
		return NULL;
	fd_set_socket(fd, listening->family, SOCK_STREAM);
	e = fd_lookup_socket(fd);
	if (e) {
		e->kind.role = FD_SERVER;
		e->peer_state = PEER_ASK;
	}
	return e;
}

static void accepted(struct wrap_call *call, struct fd_entry *listening, int fd,
		     int ret, const struct sockaddr *addr, uint32_t size)
{
	int error = ret < 0 ? call->exit_errno : 0;
	struct socket_change change = {
		.fd = fd,
		.operation = &SYM_accept,
		.error = errno_is_busy(error) ? 0 : error,
		.socket = listening,
	};
	struct fd_entry *e;

	if (ret >= 0) {
		change.fd = ret;
		change.socket = e = learn_connection(listening, ret);
		if (e && fd_is_connection(e))
			change.connections = fd_count(e);
		if (e && size)
			learn_peer(e, addr, size, FD_SERVER);
		else if (e)
			socket_peer(ret, e, NULL, 0);
	}
	socket_change_done(call, &change);
}

/* These can name the peer of whatever they accept. */
static bool names_peers(const struct fd_entry *e)
{
	return e->family == AF_INET || e->family == AF_INET6 ||
	       e->family == AF_UNIX;
}

/*
 * A caller that does not ask for the peer gets it asked for in our memory: the
 * same system call, and no getpeername() later.
 */
#define ACCEPT(fn, ...)                                                        \
	WRAP_SITE(FAMILY_SOCKET, int, fn, "libc.socket.accept", __VA_ARGS__)   \
	static NOINLINE int seen_##fn(struct fd_entry *e, PARAMS(__VA_ARGS__)) \
	{                                                                      \
		struct wrap_call call WRAP_ON_UNWIND;                          \
		struct sockaddr_storage own;                                   \
		socklen_t own_size = sizeof(own);                              \
		uint32_t room;                                                 \
		int ret;                                                       \
                                                                               \
		if (!wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0)) {         \
			ret = NEXT(fn)(ARGS(__VA_ARGS__));                     \
			if (ret >= 0)                                          \
				learn_connection(e, ret);                      \
			return ret;                                            \
		}                                                              \
		if (!addr && names_peers(e)) {                                 \
			addr = (struct sockaddr *)&own;                        \
			size = &own_size;                                      \
		}                                                              \
		room = addr ? socket_room(size) : 0;                           \
		ret = NEXT(fn)(ARGS(__VA_ARGS__));                             \
		wrap_returned(&call);                                          \
		/* The kernel is asked for what was cut off. */                \
		if (ret < 0 || !addr || room == SOCKET_ROOM_UNKNOWN ||         \
		    *size > room)                                              \
			room = 0;                                              \
		else                                                           \
			room = *size;                                          \
		accepted(&call, e, fd, ret, addr, room);                       \
		return ret;                                                    \
	}                                                                      \
	EXPORT int fn(PARAMS(__VA_ARGS__))                                     \
	{                                                                      \
		struct fd_entry *e;                                            \
                                                                               \
		if (!wrap_wanted(&SITE(fn)) ||                                 \
		    (e = fd_lookup_socket(fd)) == NULL)                        \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		return seen_##fn(e, ARGS(__VA_ARGS__));                        \
	}

ACCEPT(accept, (int, fd), (struct sockaddr *, addr), (socklen_t *, size))
ACCEPT(accept4, (int, fd), (struct sockaddr *, addr), (socklen_t *, size),
       (int, flags))

/* ---- close --------------------------------------------------------------- */

/* The descriptor is gone whatever the host's function returns. */
#define CLOSES(fn, ...)                                                        \
	WRAP_SITE(FAMILY_SOCKET, int, fn, "libc.socket.close", __VA_ARGS__)    \
	static NOINLINE int seen_##fn(struct fd_entry *e, int number,          \
				      PARAMS(__VA_ARGS__))                     \
	{                                                                      \
		struct wrap_call call WRAP_ON_UNWIND;                          \
		struct socket_closing closing CLEANUP(socket_close_abandoned); \
		int ret;                                                       \
                                                                               \
		closing.pending = call.open = false;                           \
		if (process_shares_memory())                                   \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		if (!wrap_wanted(&SITE(fn)) ||                                 \
		    !wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0)) {         \
			fd_forget(number);                                     \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		}                                                              \
		socket_close_begin(&closing, number, e);                       \
		fd_forget(number);                                             \
		ret = NEXT(fn)(ARGS(__VA_ARGS__));                             \
		wrap_returned(&call);                                          \
		socket_closed(&call, &closing, ret);                           \
		return ret;                                                    \
	}

/* A server of files calls it as often as it sends. */
static HOT_SITE struct wrap_site SITE(close);
CLOSES(close, (int, fd))
EXPORT HOT int close(int fd)
{
	struct fd_entry *e = fd_known_socket(fd);

	if (unlikely(e != NULL))
		return seen_close(e, fd, fd);
	return NEXT(close)(fd);
}

/* libc closes the descriptor of a stream without our seeing it. */
CLOSES(fclose, (FILE *, stream))
EXPORT int fclose(FILE *stream)
{
	/* Of a stream without a descriptor fileno() sets errno. */
	int saved = errno, fd = fd_tracking ? fileno_unlocked(stream) : -1;
	struct fd_entry *e = fd_known_socket(fd);

	errno = saved;
	if (unlikely(e != NULL))
		return seen_fclose(e, fd, stream);
	return NEXT(fclose)(stream);
}

static void end_socket(struct fd_entry *e, int fd)
{
	struct wrap_call call WRAP_ON_UNWIND;
	struct socket_closing closing;

	call.open = false;
	if (wrap_wanted(&SITE(close)) &&
	    wrap_begin(&call, &SITE(close), FRAME(), NULL, 0)) {
		socket_close_begin(&closing, fd, e);
		wrap_returned(&call);
		socket_closed(&call, &closing, 0);
	}
	/* Looked at again when it is next used: the call may yet fail. */
	fd_set_unknown(fd);
}

/* The sockets of a range end one by one, just before the range is closed. */
static void end_sockets(unsigned int first, unsigned int last)
{
	bool asked = false;
	unsigned int fd;

	if (last >= FD_MAX)
		last = FD_MAX - 1;
	for (fd = first; fd <= last; fd++) {
		struct fd_entry *e;

		/* Pairs with entry() in fd.c. */
		if (!load_acquire(fd_page((int)fd))) {
			fd |= 1023;
			continue;
		}
		e = fd_known_socket((int)fd);
		if (!e)
			continue;
		if (!asked && process_shares_memory())
			return;
		asked = true;
		end_socket(e, (int)fd);
	}
}

WRAP_SITE(FAMILY_SOCKET, int, close_range, NULL, (unsigned int, first),
	  (unsigned int, last), (int, flags))
EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	if (!(flags & ~CLOSE_RANGE_UNSHARE) && first <= last)
		end_sockets(first, last);
	return NEXT(close_range)(first, last, flags);
}

/* Returns nothing, so it cannot be a row. */
static void first_closefrom(int low);
WRAP_PLAIN_SITE(FAMILY_SOCKET, closefrom)
static void first_closefrom(int low)
{
	if (wrap_resolve_site(&SITE(closefrom)))
		NEXT(closefrom)(low);
}
EXPORT void closefrom(int low)
{
	end_sockets(low < 0 ? 0 : (unsigned int)low, ~0u);
	NEXT(closefrom)(low);
}

#define SHUTDOWN_DONE()                                                        \
	socket_peer(fd, subject, NULL, 0);                                     \
	socket_change_done(&call,                                              \
			   &(struct socket_change){                            \
				   .fd = fd,                                   \
				   .operation = &SYM_shutdown,                 \
				   .error = ret < 0 ? call.exit_errno : 0,     \
				   .socket = subject })
WRAP(FAMILY_SOCKET, int, shutdown, "libc.socket.close", fd_lookup_socket(fd),
     SHUTDOWN_DONE(), (int, fd), (int, how))
