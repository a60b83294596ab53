/*
 * socket_wait.c - libc.socket.wait: poll, select and epoll, one row each.
 *
 * The thread is about to block: also the moment at which the runtime may do
 * what it has put off (wrap_hooks.idle).
 */
#include "wrap/expand.h"
#include "wrap/socket.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count,
		const struct timespec *timeout, const sigset_t *mask,
		size_t room);
int epoll_pwait2(int fd, struct epoll_event *events, int size,
		 const struct timespec *timeout, const sigset_t *mask);

/* Anything but NULL: there is no descriptor to look at. */
static ALWAYS_INLINE void *about_to_block(void)
{
	wrap_left();
	return &wrap_hooks;
}

/* `place` is OFTEN for those that servers use. */
#define WAIT(place, fn, ...)                                                   \
	WRAP_PLACED(place, FAMILY_SOCKET, int, fn, "libc.socket.wait",         \
		    about_to_block(), (void)0, wrap_timed,                     \
		    socket_wait_done(&call, ret), __VA_ARGS__)

WAIT(OFTEN, poll, (struct pollfd *, fds), (nfds_t, count), (int, timeout))
WAIT(, __poll_chk, (struct pollfd *, fds), (nfds_t, count), (int, timeout),
     (size_t, room))
WAIT(OFTEN, ppoll, (struct pollfd *, fds), (nfds_t, count),
     (const struct timespec *, timeout), (const sigset_t *, mask))
WAIT(, __ppoll_chk, (struct pollfd *, fds), (nfds_t, count),
     (const struct timespec *, timeout), (const sigset_t *, mask),
     (size_t, room))
WAIT(OFTEN, select, (int, count), (fd_set *, reading), (fd_set *, writing),
     (fd_set *, failing), (struct timeval *, timeout))
WAIT(, pselect, (int, count), (fd_set *, reading), (fd_set *, writing),
     (fd_set *, failing), (const struct timespec *, timeout),
     (const sigset_t *, mask))
WAIT(OFTEN, epoll_wait, (int, fd), (struct epoll_event *, events), (int, size),
     (int, timeout))
WAIT(OFTEN, epoll_pwait, (int, fd), (struct epoll_event *, events), (int, size),
     (int, timeout), (const sigset_t *, mask))
WAIT(, epoll_pwait2, (int, fd), (struct epoll_event *, events), (int, size),
     (const struct timespec *, timeout), (const sigset_t *, mask))
