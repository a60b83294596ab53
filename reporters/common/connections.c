/*
 * connections.c - what a server knows of its connections: how long each may
 * take, and which has to go when there are too many.
 */
#include "common/connections.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS 1000000ull

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

bool connections_is_socket(int fd, ino_t inode)
{
	return inode && inode_of(fd) == inode;
}

static void shut(struct connection *connection)
{
	connection->shut = true;
	if (connections_is_socket(connection->fd, connection->inode))
		shutdown(connection->fd, SHUT_RDWR);
}

static bool must_go_before(const struct connection *a,
			   const struct connection *b)
{
	if (a->asks != b->asks)
		return a->asks;
	return a->deadline < b->deadline;
}

/* The one that is asked for nothing, before one that is being answered; of
 * those, the oldest. */
static struct connection *oldest(struct connections *c, bool asks,
				 const struct connection *but)
{
	struct connection *found = NULL;
	size_t i;

	for (i = 0; i < CONNECTIONS_MOST; i++) {
		struct connection *one = &c->all[i];

		if (one->used && !one->shut && one != but &&
		    (asks || !one->asks) &&
		    (!found || must_go_before(one, found)))
			found = one;
	}
	return found;
}

static void evict(struct connections *c, struct connection *connection)
{
	if (!connection)
		return;
	c->evicted++;
	shut(connection);
}

struct connection *connections_add(struct connections *c, int fd, uint64_t now)
{
	struct connection *connection = c->all;

	while (connection < c->all + CONNECTIONS_MOST && connection->used)
		connection++;
	if (connection == c->all + CONNECTIONS_MOST)
		return NULL;
	*connection = (struct connection){
		.used = true,
		.asks = true,
		.fd = fd,
		.inode = inode_of(fd),
		.deadline = now + CONNECTION_REQUEST_MS * MS,
	};
	if (++c->count > CONNECTIONS)
		evict(c, oldest(c, true, connection));
	return connection;
}

void connections_remove(struct connections *c, struct connection *connection)
{
	connection->used = false;
	c->count--;
}

void connections_answer(struct connections *c, struct connection *connection,
			size_t bytes, uint64_t now)
{
	size_t total = bytes, i;
	struct connection *other;

	connection->asks = false;
	connection->bytes = bytes;
	connection->deadline = now + CONNECTION_ANSWER_MS * MS;
	for (i = 0; i < CONNECTIONS_MOST; i++)
		if (c->all[i].used && !c->all[i].shut && !c->all[i].asks &&
		    &c->all[i] != connection)
			total += c->all[i].bytes;
	while (total > CONNECTIONS_BYTES &&
	       (other = oldest(c, false, connection))) {
		total -= other->bytes;
		evict(c, other);
	}
}

void connections_answered(struct connection *connection, uint64_t now)
{
	connection->asks = true;
	connection->bytes = 0;
	connection->deadline = now + CONNECTION_IDLE_MS * MS;
}

uint64_t connections_sweep(struct connections *c, uint64_t now)
{
	uint64_t next = UINT64_MAX;
	size_t i;

	for (i = 0; i < CONNECTIONS_MOST; i++) {
		struct connection *one = &c->all[i];

		if (!one->used || one->shut)
			continue;
		if (one->deadline <= now) {
			c->late++;
			shut(one);
		} else if (one->deadline < next) {
			next = one->deadline;
		}
	}
	return next;
}

bool connections_are_ours(const struct connections *c)
{
	size_t i;

	for (i = 0; i < CONNECTIONS_MOST; i++)
		if (c->all[i].used &&
		    !connections_is_socket(c->all[i].fd, c->all[i].inode))
			return false;
	return true;
}

void connections_abandon(struct connections *c)
{
	size_t i;

	for (i = 0; i < CONNECTIONS_MOST; i++)
		if (c->all[i].used &&
		    connections_is_socket(c->all[i].fd, c->all[i].inode))
			close(c->all[i].fd);
	memset(c->all, 0, sizeof(c->all));
	c->count = 0;
}
