/*
 * socket_attempt.c - connects that go on after the call.
 *
 * Nothing asks the kernel: the end is seen when the program sees it.  SO_ERROR
 * of 0 is no proof (it is 0 while the attempt goes on, too), so it only gives
 * the time, and the first bytes, or a close after it, prove it.
 */
#include "wrap/expand.h"
#include "wrap/socket.h"

#include "base/clock.h"

/* The site of connect(); the same for every attempt. */
static const struct wrap_site *connect_site;

bool socket_attempt_begin(struct wrap_call *call, int fd, struct fd_entry *e)
{
	struct thread *t = &thread_self;

	if (!fd_is_connection(e) || socket_is_attempting(e) || !thread_claim(t))
		return false;
	span_detach(&call->span);
	thread_release(t);
	*fd_attempt(fd) = (struct fd_attempt){
		.start = call->span.start,
		.id = call->span.id,
		.parent = call->span.parent,
	};
	store_relaxed(&connect_site, call->site);
	/* Pairs with take(). */
	store_release(&e->attempting, fd_generation);
	errno = call->exit_errno;
	return true;
}

/* One thread of several ends it; none in the child of a fork, whose copy it
 * is. */
static bool take(struct fd_entry *e)
{
	/* Acquire pairs with socket_attempt_begin(). */
	return __atomic_exchange_n(&e->attempting, 0, __ATOMIC_ACQUIRE) ==
	       fd_generation;
}

void socket_attempt_end(int fd, struct fd_entry *e, int error, uint64_t end)
{
	struct socket_change change = {
		.fd = fd,
		.operation = &SYM_connect,
		.error = error,
		.in_progress = true,
		.socket = e,
	};
	struct wrap_call call = { .exit_errno = errno };
	const struct fd_attempt *attempt = fd_attempt(fd);

	if (!take(e))
		return;
	call.site = load_relaxed(&connect_site);
	call.end = error == 0 && attempt->answered ? attempt->answered : end;
	call.span = (struct span){
		.class = call.site->class,
		.start = attempt->start,
		.id = attempt->id,
		.parent = attempt->parent,
	};
	if (error == 0)
		change.connections = fd_count(e);
	socket_change_done(&call, &change);
}

void socket_attempt_closed(int fd, struct fd_entry *e)
{
	socket_attempt_end(fd, e,
			   fd_attempt(fd)->answered ? 0 : SOCKET_GIVEN_UP,
			   clock_ns());
}

/* SO_ERROR is how a program learns of the end. */
static void answered(int fd, int error)
{
	struct fd_entry *e = fd_known_socket(fd);

	if (!e || !socket_is_attempting(e))
		return;
	/* Of the exporter's thread: a number of another table (fd.c). */
	if (thread_self.state == THREAD_OURS)
		return;
	if (error)
		socket_attempt_end(fd, e, error, clock_ns());
	else
		fd_attempt(fd)->answered = clock_ns();
}

WRAP_SITE(FAMILY_SOCKET, int, getsockopt, NULL, (int, fd), (int, level),
	  (int, name), (void *, value), (socklen_t *, size))
EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	int ret = NEXT(getsockopt)(fd, level, name, value, size);

	if (unlikely(level == SOL_SOCKET && name == SO_ERROR) && ret == 0 &&
	    *size >= sizeof(int)) {
		int saved = errno;

		answered(fd, *(const int *)value);
		errno = saved;
	}
	return ret;
}
