/* check.c - see check.h. */
#include "health/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* A question to names.c outlives the run that asked. */
struct question {
	struct check *check;
	uint64_t number;
};

void check_init(struct check *c, uint64_t timeout)
{
	c->fd = -1;
	c->timeout = c->target.timeout_ms
			     ? (uint64_t)c->target.timeout_ms * 1000000
			     : timeout;
}

void check_fini(struct check *c)
{
	if (c->fd >= 0)
		close(c->fd);
	text_free(&c->exchange.out);
	target_free(&c->target);
}

static void end(struct check *c, bool up, const char *reason)
{
	struct check_result *r = &c->result;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CHECK_IDLE;
	text_free(&c->exchange.out);
	r->known = true;
	r->up = up;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	r->at = c->now;
	r->duration = r->at - c->started;
	r->run++;
	if (up)
		r->last_up = r->at;
	else
		r->failed++;
}

static const char *reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ECONNRESET:
	case EPIPE:
		return "closed";
	case ENOENT:
		return "no socket";
	case ETIMEDOUT:
		return "timeout";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return "unreachable";
	case EACCES:
	case EPERM:
		return "not permitted";
	default:
		return "error";
	}
}

/* ---- talking ------------------------------------------------------------- */

/* False: it has ended. */
static bool send_some(struct check *c)
{
	const struct text *out = &c->exchange.out;

	if (out->failed) {
		end(c, false, "no memory");
		return false;
	}
	while (c->sent < out->length) {
		ssize_t n =
			send(c->fd, out->data + c->sent, out->length - c->sent,
			     MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			end(c, false, reason_of(errno));
			return false;
		}
		c->sent += (size_t)n;
	}
	return true;
}

static void judge(struct check *c)
{
	struct exchange *x = &c->exchange;
	enum verdict verdict;
	size_t used;

	/* What stands behind a part that it has understood may be there. */
	do {
		used = c->used;
		x->in = c->answer + used;
		x->length = c->received - used;
		verdict = x->target->probe->judge(x);
		c->used = (size_t)(x->in - c->answer);
	} while (verdict == PROBE_MORE && c->used != used);
	if (verdict == PROBE_MORE) {
		send_some(c);
		return;
	}
	/* A farewell that does not go out at once is not waited for. */
	if (c->sent < x->out.length && !x->out.failed)
		send(c->fd, x->out.data + c->sent, x->out.length - c->sent,
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	end(c, verdict == PROBE_UP,
	    verdict == PROBE_UP ? "connected" : x->reason);
}

static void receive(struct check *c)
{
	ssize_t n;

	n = recv(c->fd, c->answer + c->received,
		 sizeof(c->answer) - c->received, MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end(c, false, reason_of(errno));
		return;
	}
	if (n == 0) {
		end(c, false, "closed");
		return;
	}
	c->received += (size_t)n;
	judge(c);
	if (c->state == CHECK_TALKING && c->received == sizeof(c->answer))
		end(c, false, "answer too long");
}

static void connected(struct check *c)
{
	const struct probe *probe = c->target.probe;

	if (!probe->judge) {
		end(c, true, "connected");
		return;
	}
	c->state = CHECK_TALKING;
	if (probe->begin)
		probe->begin(&c->exchange);
	send_some(c);
}

/* ---- connecting ---------------------------------------------------------- */

static void finish_connect(struct check *c)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		error = errno;
	if (error)
		end(c, false, reason_of(error));
	else
		connected(c);
}

static void connect_to(struct check *c, const struct sockaddr *address,
		       socklen_t length)
{
	c->fd = socket(address->sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		end(c, false, reason_of(errno));
		return;
	}
	c->state = CHECK_CONNECTING;
	if (connect(c->fd, address, length) == 0)
		connected(c);
	/* A UNIX socket whose queue is full says EAGAIN, and will not tell. */
	else if (errno == EAGAIN)
		end(c, false, "busy");
	else if (errno != EINPROGRESS)
		end(c, false, reason_of(errno));
}

static void found(void *arg, const struct sockaddr *address, socklen_t length,
		  const char *reason)
{
	struct question *q = arg;
	struct check *c = q->check;
	bool stale = c->state != CHECK_RESOLVING || c->number != q->number;

	free(q);
	if (stale)
		return;
	if (address)
		connect_to(c, address, length);
	else
		end(c, false, reason);
}

static void resolve(struct check *c, struct names *names)
{
	struct question *q = malloc(sizeof(*q));

	if (!q || !names) {
		free(q);
		end(c, false, "no memory");
		return;
	}
	*q = (struct question){ c, c->number };
	c->state = CHECK_RESOLVING;
	names_find(names, c->target.host, c->target.port, found, q);
}

void check_start(struct check *c, struct names *names, uint64_t now)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (c->state != CHECK_IDLE)
		return;
	c->number++;
	c->started = c->now = now;
	c->sent = c->received = c->used = 0;
	c->exchange = (struct exchange){ .target = &c->target };
	if (!c->target.socket) {
		resolve(c, names);
		return;
	}
	memcpy(un.sun_path, c->target.socket, strlen(c->target.socket));
	connect_to(c, (const struct sockaddr *)&un, sizeof(un));
}

bool check_wait(const struct check *c, struct pollfd *fd)
{
	if (c->fd < 0)
		return false;
	fd->fd = c->fd;
	fd->revents = 0;
	fd->events = POLLIN;
	if (c->state == CHECK_CONNECTING)
		fd->events = POLLOUT;
	else if (c->sent < c->exchange.out.length)
		fd->events |= POLLOUT;
	return true;
}

uint64_t check_deadline(const struct check *c)
{
	return c->state == CHECK_IDLE ? UINT64_MAX : c->started + c->timeout;
}

void check_serve(struct check *c, short revents, uint64_t now)
{
	c->now = now;
	if (c->state == CHECK_CONNECTING && revents)
		finish_connect(c);
	else if (c->state == CHECK_TALKING && (revents & POLLOUT) &&
		 !send_some(c))
		return;
	if (c->state == CHECK_TALKING && (revents & ~POLLOUT))
		receive(c);
	if (now >= check_deadline(c))
		end(c, false, "timeout");
}
