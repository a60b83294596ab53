/*
 * socket_io.c - libc.socket.send and libc.socket.recv: one row per function.
 *
 * read, write and their kin pass untouched on anything but a socket.
 *
 * Bytes are what the caller moved: MSG_PEEK and MSG_ERRQUEUE move nothing, and
 * MSG_TRUNC may return more than the buffer took.  Memory of the caller is read
 * after the call only, and only if the kernel has just read it successfully.
 */
#include "wrap/expand.h"
#include "wrap/socket.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The fortified variants are declared by the headers only when fortifying. */
ssize_t __read_chk(int fd, void *buf, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buf, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buf, size_t size, size_t room, int flags,
		       struct sockaddr *addr, socklen_t *addr_size);

/* Ends a send or receive; size 0: there is no address. */
static ALWAYS_INLINE void done(struct wrap_call *call, struct fd_entry *e,
			       int fd, enum socket_direction direction,
			       int64_t bytes, uint64_t messages,
			       const struct sockaddr *address, uint32_t size)
{
	struct socket_io io;

	if (likely(!size)) {
		socket_io_done(call, e, fd, direction, bytes, messages);
		return;
	}
	io = socket_io_of(fd, direction, bytes, messages);
	io.address = address;
	io.address_size = size;
	socket_io_done_with(call, e, &io);
}

#define DONE(dir, moved, count, addr, addr_len)                                \
	done(&call, subject, fd, SOCKET_##dir,                                 \
	     ret > 0 ? (int64_t)(moved) : socket_moved_none(ret), count, addr, \
	     addr_len)

/* `place` is OFTEN for those that servers use. */
#define SEND(place, type, fn, guard, moved, count, addr, addr_len, ...)        \
	WRAP_PLACED(place, FAMILY_SOCKET, type, fn, "libc.socket.send", guard, \
		    (void)0, wrap_timed,                                       \
		    DONE(SEND, moved, count, addr, addr_len), __VA_ARGS__)
#define RECV(place, type, fn, guard, moved, count, addr, addr_len, ...)        \
	WRAP_PLACED(place, FAMILY_SOCKET, type, fn, "libc.socket.recv", guard, \
		    (void)0, wrap_timed,                                       \
		    DONE(RECV, moved, count, addr, addr_len), __VA_ARGS__)

/* Bytes of a plain buffer that left the socket. */
static uint64_t taken(ssize_t ret, size_t size, int flags)
{
	if (flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	return (size_t)ret < size ? (uint64_t)ret : size;
}

/* Did such a call take a message at all? */
static uint64_t took(int flags)
{
	return !(flags & (MSG_PEEK | MSG_ERRQUEUE));
}

static uint64_t taken_message(ssize_t ret, const struct msghdr *msg, int flags)
{
	size_t room = 0, i;

	if (flags & msg->msg_flags & MSG_TRUNC)
		for (i = 0; i < msg->msg_iovlen; i++)
			room += msg->msg_iov[i].iov_len;
	else
		room = (size_t)ret;
	return taken(ret, room, flags);
}

static uint64_t taken_messages(int ret, const struct mmsghdr *messages,
			       int flags)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < ret; i++)
		sum += taken_message(messages[i].msg_len, &messages[i].msg_hdr,
				     flags);
	return sum;
}

static uint64_t sent_messages(int ret, const struct mmsghdr *messages)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < ret; i++)
		sum += messages[i].msg_len;
	return sum;
}

/* Descriptors that arrived in a message may be anything. */
static void learn_rights(struct msghdr *msg)
{
	struct cmsghdr *c;

	if (!msg->msg_control || msg->msg_controllen < sizeof(*c))
		return;
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const char *end =
			(const char *)msg->msg_control + msg->msg_controllen;
		const int *fds = (const int *)(const void *)CMSG_DATA(c);
		size_t count = (size_t)(end - (const char *)c);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		if (count > c->cmsg_len)
			count = c->cmsg_len;
		count = count < CMSG_LEN(0)
				? 0
				: (count - CMSG_LEN(0)) / sizeof(*fds);
		while (count > 0)
			fd_set_unknown(fds[--count]);
	}
}

SEND(OFTEN, ssize_t, send, fd_lookup_socket(fd), (uint64_t)ret, 1, NULL, 0,
     (int, fd), (const void *, buf), (size_t, size), (int, flags))
SEND(OFTEN, ssize_t, sendto, fd_lookup_socket(fd), (uint64_t)ret, 1,
     ret >= 0 ? addr : NULL, addr_size, (int, fd), (const void *, buf),
     (size_t, size), (int, flags), (const struct sockaddr *, addr),
     (socklen_t, addr_size))
SEND(OFTEN, ssize_t, sendmsg, fd_lookup_socket(fd), (uint64_t)ret, 1,
     ret >= 0 ? msg->msg_name : NULL, ret >= 0 ? msg->msg_namelen : 0,
     (int, fd), (const struct msghdr *, msg), (int, flags))
SEND(, int, sendmmsg, fd_lookup_socket(fd), sent_messages(ret, messages),
     (uint64_t)ret, NULL, 0, (int, fd), (struct mmsghdr *, messages),
     (unsigned int, length), (int, flags))
SEND(OFTEN, ssize_t, write, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0, (int, fd),
     (const void *, buf), (size_t, size))
SEND(OFTEN, ssize_t, writev, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0,
     (int, fd), (const struct iovec *, iov), (int, count))
SEND(, ssize_t, pwritev2, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0, (int, fd),
     (const struct iovec *, iov), (int, count), (off_t, offset), (int, flags))
SEND(, ssize_t, pwritev64v2, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0,
     (int, fd), (const struct iovec *, iov), (int, count), (off64_t, offset),
     (int, flags))
SEND(OFTEN, ssize_t, sendfile, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0,
     (int, fd), (int, in), (off_t *, offset), (size_t, size))
SEND(OFTEN, ssize_t, sendfile64, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0,
     (int, fd), (int, in), (off64_t *, offset), (size_t, size))

RECV(OFTEN, ssize_t, recv, fd_lookup_socket(fd), taken(ret, size, flags),
     took(flags), NULL, 0, (int, fd), (void *, buf), (size_t, size),
     (int, flags))
RECV(, ssize_t, __recv_chk, fd_lookup_socket(fd), taken(ret, size, flags),
     took(flags), NULL, 0, (int, fd), (void *, buf), (size_t, size),
     (size_t, room), (int, flags))

/* The sender of a datagram, where the caller asked for it. */
#define RECV_FROM(place, fn, ...)                                              \
	WRAP_PLACED(                                                           \
		place, FAMILY_SOCKET, ssize_t, fn, "libc.socket.recv",         \
		fd_lookup_socket(fd),                                          \
		uint32_t space = addr ? socket_room(addr_size) : 0,            \
		wrap_timed,                                                    \
		DONE(RECV, taken(ret, size, flags), took(flags), addr,         \
		     ret >= 0 && addr ? socket_stored(space, addr_size) : 0),  \
		__VA_ARGS__)
RECV_FROM(OFTEN, recvfrom, (int, fd), (void *, buf), (size_t, size),
	  (int, flags), (struct sockaddr *, addr), (socklen_t *, addr_size))
RECV_FROM(, __recvfrom_chk, (int, fd), (void *, buf), (size_t, size),
	  (size_t, room), (int, flags), (struct sockaddr *, addr),
	  (socklen_t *, addr_size))
RECV(OFTEN, ssize_t, read, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0, (int, fd),
     (void *, buf), (size_t, size))
RECV(, ssize_t, __read_chk, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0, (int, fd),
     (void *, buf), (size_t, size), (size_t, room))
RECV(OFTEN, ssize_t, readv, fd_lookup(fd), (uint64_t)ret, 1, NULL, 0, (int, fd),
     (const struct iovec *, iov), (int, count))

#define MESSAGE_DONE()                                                         \
	do {                                                                   \
		uint32_t length = 0;                                           \
                                                                               \
		if (ret >= 0) {                                                \
			learn_rights(msg);                                     \
			if (msg->msg_name)                                     \
				length = socket_stored(space,                  \
						       &msg->msg_namelen);     \
		}                                                              \
		DONE(RECV, taken_message(ret, msg, flags), took(flags),        \
		     length ? msg->msg_name : NULL, length);                   \
	} while (0)
WRAP_PLACED(, FAMILY_SOCKET, ssize_t, recvmsg, "libc.socket.recv",
	    fd_lookup_socket(fd), uint32_t space = socket_message_room(msg),
	    wrap_timed, MESSAGE_DONE(), (int, fd), (struct msghdr *, msg),
	    (int, flags))

#define MESSAGES_DONE()                                                        \
	do {                                                                   \
		int i;                                                         \
                                                                               \
		for (i = 0; i < ret; i++)                                      \
			learn_rights(&messages[i].msg_hdr);                    \
		DONE(RECV, taken_messages(ret, messages, flags),               \
		     (uint64_t)ret *took(flags), NULL, 0);                     \
	} while (0)
WRAP_PLACED(, FAMILY_SOCKET, int, recvmmsg, "libc.socket.recv",
	    fd_lookup_socket(fd), (void)0, wrap_timed, MESSAGES_DONE(),
	    (int, fd), (struct mmsghdr *, messages), (unsigned int, length),
	    (int, flags), (struct timespec *, timeout))

/* splice moves into a socket or out of one, never both: the other end is a
 * pipe. */
#define SPLICE_PARAMS                                                          \
	(int, in), (off64_t *, in_offset), (int, out),                         \
		(off64_t *, out_offset), (size_t, size), (unsigned int, flags)
WRAP_SITE(FAMILY_SOCKET, ssize_t, splice, "libc.socket.send", SPLICE_PARAMS)
static struct wrap_site site_splice_in = {
	.state = &wrap_disarmed,
	.name = "splice",
	.span = "libc.socket.recv",
	.family = FAMILY_SOCKET,
};
WRAP_LISTED(splice_in)

static NOINLINE ssize_t seen_splice(struct fd_entry *e,
				    enum socket_direction direction,
				    PARAMS(SPLICE_PARAMS))
{
	bool send = direction == SOCKET_SEND;
	struct wrap_call call WRAP_ON_UNWIND;
	ssize_t ret;

	if (!wrap_begin(&call, send ? &SITE(splice) : &site_splice_in, FRAME(),
			NULL, 0))
		return NEXT(splice)(ARGS(SPLICE_PARAMS));
	ret = NEXT(splice)(ARGS(SPLICE_PARAMS));
	wrap_timed(&call);
	socket_io_done(&call, e, send ? out : in, direction,
		       ret > 0 ? ret : socket_moved_none(ret), 1);
	return ret;
}

EXPORT ssize_t splice(PARAMS(SPLICE_PARAMS))
{
	struct fd_entry *e;

	if (wrap_wanted(&SITE(splice)) && (e = fd_lookup(out)) != NULL)
		return seen_splice(e, SOCKET_SEND, ARGS(SPLICE_PARAMS));
	if (wrap_wanted(&site_splice_in) && (e = fd_lookup(in)) != NULL)
		return seen_splice(e, SOCKET_RECV, ARGS(SPLICE_PARAMS));
	return NEXT(splice)(ARGS(SPLICE_PARAMS));
}
