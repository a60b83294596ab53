/*
 * socket_fds.c - functions that make or copy descriptors and are no span of
 * their own, but for the socket that a copy replaces: they keep the table of
 * descriptors right.
 */
#include "wrap/expand.h"
#include "wrap/process.h"
#include "wrap/socket.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

WRAP_SITE(FAMILY_SOCKET, int, socket, NULL, (int, family), (int, type),
	  (int, protocol))
EXPORT int socket(int family, int type, int protocol)
{
	int fd = NEXT(socket)(family, type, protocol);

	if (fd >= 0 && fd_tracking)
		fd_set_socket(fd, family, type);
	return fd;
}

WRAP_SITE(FAMILY_SOCKET, int, socketpair, NULL, (int, family), (int, type),
	  (int, protocol), (int *, fds))
EXPORT int socketpair(int family, int type, int protocol, int fds[2])
{
	int ret = NEXT(socketpair)(family, type, protocol, fds);

	if (ret == 0 && fd_tracking) {
		fd_set_socket(fds[0], family, type);
		fd_set_socket(fds[1], family, type);
	}
	return ret;
}

static void copied(int from, int to)
{
	if (!fd_tracking || to < 0)
		return;
	if ((fd_known_socket(from) || fd_known_socket(to)) &&
	    process_shares_memory())
		return;
	fd_copy(from, to);
}

WRAP_SITE(FAMILY_SOCKET, int, dup, NULL, (int, from))
EXPORT int dup(int from)
{
	int to = NEXT(dup)(from);

	copied(from, to);
	return to;
}

/* A socket that is replaced is closed; that is its libc.socket.close. */
WRAP_SITE(FAMILY_SOCKET, int, dup2, "libc.socket.close", (int, from), (int, to))
WRAP_SITE(FAMILY_SOCKET, int, dup3, "libc.socket.close", (int, from), (int, to),
	  (int, flags))

static int call_dup(const struct wrap_site *site, int from, int to, int flags)
{
	return site == &SITE(dup3) ? NEXT(dup3)(from, to, flags)
				   : NEXT(dup2)(from, to);
}

/* Unlike close(), it may fail and leave the socket alone, so what is known of
 * it is given up afterwards. */
static NOINLINE int replace(const struct wrap_site *site, int from, int to,
			    int flags)
{
	struct wrap_call call WRAP_ON_UNWIND;
	struct socket_closing closing;
	struct fd_entry *e;
	int ret;

	call.open = false;
	e = fd_known_socket(to);
	if (!e || process_shares_memory() ||
	    !wrap_begin(&call, site, FRAME(), NULL, 0)) {
		ret = call_dup(site, from, to, flags);
		copied(from, ret);
		return ret;
	}
	socket_close_begin(&closing, to, e);
	ret = call_dup(site, from, to, flags);
	wrap_returned(&call);
	if (ret < 0)
		socket_close_undo(&closing);
	else
		fd_copy(from, to);
	socket_closed(&call, &closing, ret);
	return ret;
}

#define DUP_ONTO(fn, flags, ...)                                               \
	EXPORT int fn(PARAMS(__VA_ARGS__))                                     \
	{                                                                      \
		int ret;                                                       \
                                                                               \
		if (wrap_wanted(&SITE(fn)) && from != to &&                    \
		    fd_known_socket(to))                                       \
			return replace(&SITE(fn), from, to, flags);            \
		ret = NEXT(fn)(ARGS(__VA_ARGS__));                             \
		copied(from, ret);                                             \
		return ret;                                                    \
	}

DUP_ONTO(dup2, 0, (int, from), (int, to))
DUP_ONTO(dup3, flags, (int, from), (int, to), (int, flags))

/* One argument of pointer size, whatever its type: both ABIs pass it so. */
#define FCNTL(fn)                                                              \
	static int first_##fn(int fd, int cmd, ...);                           \
	WRAP_PLAIN_SITE(FAMILY_SOCKET, fn)                                     \
	static int first_##fn(int fd, int cmd, ...)                            \
	{                                                                      \
		va_list list;                                                  \
		void *arg;                                                     \
                                                                               \
		va_start(list, cmd);                                           \
		arg = va_arg(list, void *);                                    \
		va_end(list);                                                  \
		if (!wrap_resolve_site(&SITE(fn)))                             \
			return (int)wrap_missing();                            \
		return NEXT(fn)(fd, cmd, arg);                                 \
	}                                                                      \
	EXPORT int fn(int fd, int cmd, ...)                                    \
	{                                                                      \
		va_list list;                                                  \
		void *arg;                                                     \
		int ret;                                                       \
                                                                               \
		va_start(list, cmd);                                           \
		arg = va_arg(list, void *);                                    \
		va_end(list);                                                  \
		ret = NEXT(fn)(fd, cmd, arg);                                  \
		if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)                  \
			copied(fd, ret);                                       \
		return ret;                                                    \
	}

FCNTL(fcntl)
FCNTL(fcntl64)
