/*
 * socket.h - how calls on sockets end: fields, failure, byte counts.
 */
#ifndef SHIM_WRAP_SOCKET_H
#define SHIM_WRAP_SOCKET_H

#include "wrap/call.h"
#include "wrap/fd.h"

#include <string.h>
#include <sys/socket.h>

enum socket_direction { SOCKET_SEND, SOCKET_RECV };

/* One finished send or receive. */
struct socket_io {
	enum socket_direction direction;
	int fd;
	bool failed;
	uint64_t bytes, messages;
	/* The other end of this one datagram, in memory that the kernel has
	 * just used; NULL: that of the connection. */
	const struct sockaddr *address;
	uint32_t address_size;
};
/* Without an address; bytes < 0: it failed, and took no message. */
static inline struct socket_io socket_io_of(int fd,
					    enum socket_direction direction,
					    int64_t bytes, uint64_t messages)
{
	struct socket_io io = { .direction = direction, .fd = fd };

	io.failed = bytes < 0;
	if (!io.failed) {
		io.bytes = (uint64_t)bytes;
		io.messages = messages;
	}
	return io;
}
void socket_io_done_with(struct wrap_call *call, struct fd_entry *e,
			 const struct socket_io *io);
/* Bytes of a call that moved none: it may have failed. */
#define SOCKET_FAILED (-1)
#define SOCKET_BUSY (-2) /* by EAGAIN: nothing to do */
static inline int64_t socket_moved_none(int64_t ret)
{
	if (ret == 0)
		return 0;
	return errno_hot == EAGAIN ? SOCKET_BUSY : SOCKET_FAILED;
}
/* The same for what socket_io_of() makes of these. */
void socket_io_done(struct wrap_call *call, struct fd_entry *e, int fd,
		    enum socket_direction direction, int64_t bytes,
		    uint64_t messages);

/* For the size of an address that nobody knows. */
#define SOCKET_ROOM_UNKNOWN UINT32_MAX

/*
 * How much memory the caller has for an address.  It is read before the kernel
 * has judged the pointer, so only from the caller's own stack, which is there;
 * for any other place it is unknown.
 */
uint32_t socket_room(const socklen_t *size);
uint32_t socket_message_room(const struct msghdr *msg);
/* How many bytes of it may be read once the kernel has stored an address.  What
 * it says is the true length, however little room there was. */
uint32_t socket_stored(uint32_t room, const socklen_t *size);

/* The program closed a socket that was still connecting: kind "cancel", reason
 * "closed". */
#define SOCKET_GIVEN_UP (-1)

/* A call that changes what is connected (connect, accept, close...). */
struct socket_change {
	int fd;
	const struct symbol *operation;
	int error;		       /* 0: fine; SOCKET_GIVEN_UP */
	int connections;	       /* +1, -1, 0 */
	bool in_progress;	       /* a non-blocking connect goes on */
	const struct fd_entry *socket; /* NULL: not known */
	bool ends;		       /* bytes and lifetime are measurements */
};
void socket_change_done(struct wrap_call *call,
			const struct socket_change *change);

/* A socket that is about to be closed or replaced: as it was. */
struct socket_closing {
	struct fd_entry was, *entry;
	int fd;
	bool counted; /* a connection ends with it */
	bool pending;
};
void socket_close_begin(struct socket_closing *closing, int fd,
			struct fd_entry *e);
/* Nothing was closed after all. */
void socket_close_undo(struct socket_closing *closing);
void socket_closed(struct wrap_call *call, struct socket_closing *closing,
		   int ret);
/* Left by cancellation: is it closed or not?  For CLEANUP(). */
void socket_close_abandoned(struct socket_closing *closing);

/*
 * A connect that goes on after the call (EINPROGRESS).  Its span ends when the
 * program learns how it went: by SO_ERROR, by a further connect, by the first
 * send or receive, or never, when it closes the socket.
 */
/* False: it cannot be kept; the call's own span is to be ended. */
bool socket_attempt_begin(struct wrap_call *call, int fd, struct fd_entry *e);
/* It has ended, once: error 0 is connected; end is clock_ns(). */
void socket_attempt_end(int fd, struct fd_entry *e, int error, uint64_t end);
void socket_attempt_closed(int fd, struct fd_entry *e);

static inline bool socket_is_attempting(const struct fd_entry *e)
{
	return unlikely(load_relaxed(&e->attempting) != 0);
}

/*
 * Ends the span of a call that did not fail, with the values and the socket
 * that are in it: wrap_leave() for those that leave errno alone.  same: as in
 * struct known.
 */
void socket_stop(struct wrap_call *call, uint64_t same);

/* All that describes a send, receive or wait, but for its values: a site, which
 * has a direction, and below that what many sockets have in common. */
static ALWAYS_INLINE uint64_t socket_same(const struct wrap_site *site,
					  struct fd_kind kind)
{
	uint8_t bits;

	_Static_assert(sizeof(kind) == sizeof(bits), "one byte");
	memcpy(&bits, &kind, sizeof(bits));
	return (uintptr_t)site << 8 | bits;
}

/* poll and its kin. */
void socket_wait_failed(struct wrap_call *call);
static ALWAYS_INLINE void socket_wait_done(struct wrap_call *call, int ret)
{
	if (unlikely(ret < 0)) {
		socket_wait_failed(call);
		return;
	}
	call->values[0] = (uint64_t)ret;
	call->socket = NULL;
	socket_stop(call, socket_same(call->site, (struct fd_kind){ 0 }));
}

/* Peer of a connection or of one datagram; takes the guard itself. */
struct fd_peer socket_peer(int fd, struct fd_entry *e,
			   const struct sockaddr *address, uint32_t size);

#endif
