/* fd.c - see fd.h. */
#include "wrap/fd.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"
#include "wrap/process.h"

#include <string.h>
#include <sys/socket.h>

/* Attempts are rare: behind the entries. */
#define PAGE_SIZE (1024 * (sizeof(struct fd_entry) + sizeof(struct fd_attempt)))

HOT_DATA struct fd_entry *fd_first_page;
LARGE struct fd_entry *fd_more_pages[FD_MAX >> 10];
uint32_t fd_tracking;
uint16_t fd_generation = 1;
bool fd_quiet;
/* By transport and role: the event that settles it has these as tags. */
static int32_t owed[2][2];

/* What the exporter's thread opens and closes has numbers of another table, and
 * its calls come to us where reporters are not shielded from our names. */
static bool is_other_table(void)
{
	return unlikely(thread_self.state == THREAD_OURS);
}

static struct fd_entry *entry(int fd)
{
	struct fd_entry **slot, *page, *expected = NULL;

	if ((unsigned int)fd >= FD_MAX) {
		if (fd >= 0)
			segment_drop(DROP_DESCRIPTOR, 1);
		return NULL;
	}
	slot = fd_page(fd);
	/* Pairs with the exchange below. */
	page = load_acquire(slot);
	if (likely(page != NULL))
		return &page[fd & 1023];
	/* From mmap, as this may run in a signal handler. */
	page = arena_pages(PAGE_SIZE, ARENA_PLAIN);
	if (!page)
		return NULL;
	/* Release pairs with fd_lookup(); one thread of several wins. */
	if (!__atomic_compare_exchange_n(slot, &expected, page, false,
					 __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
		arena_pages_free(page, PAGE_SIZE);
		page = expected;
	}
	return &page[fd & 1023];
}

/* The page of a number that was seen before; NULL if it never was. */
static struct fd_entry *known_entry(int fd)
{
	struct fd_entry *page;

	if ((unsigned int)fd >= FD_MAX)
		return NULL;
	/* Pairs with entry(). */
	page = load_acquire(fd_page(fd));
	return page ? &page[fd & 1023] : NULL;
}

const struct symbol *const fd_transports[] = {
	[FD_TCP] = &SYM_tcp,
	[FD_UDP] = &SYM_udp,
	[FD_UNIX] = &SYM_unix_,
};
const struct symbol *const fd_types[] = {
	[FD_IPV4] = &SYM_ipv4,
	[FD_IPV6] = &SYM_ipv6,
};
const struct symbol *const fd_roles[] = {
	[FD_CLIENT] = &SYM_client,
	[FD_SERVER] = &SYM_server,
};

static enum fd_transport transport_of(int family, int type)
{
	if (family == AF_UNIX)
		return FD_UNIX;
	if (family != AF_INET && family != AF_INET6)
		return FD_NO_TRANSPORT;
	return type == SOCK_STREAM  ? FD_TCP
	       : type == SOCK_DGRAM ? FD_UDP
				    : FD_NO_TRANSPORT;
}

static struct fd_kind kind_of(int family, int type)
{
	struct fd_kind kind = { 0 };

	kind.transport = transport_of(family, type) & 3;
	kind.type = family == AF_INET	 ? FD_IPV4
		    : family == AF_INET6 ? FD_IPV6
					 : FD_NO_TYPE;
	return kind;
}

bool fd_is_connection(const struct fd_entry *e)
{
	return e->kind.transport == FD_TCP || e->kind.transport == FD_UNIX;
}

static int32_t *debt(const struct fd_entry *e)
{
	return &owed[e->kind.transport == FD_UNIX][e->kind.role == FD_SERVER];
}

void fd_owe(const struct fd_entry *e, int connections)
{
	if (connections)
		add_relaxed(debt(e), connections);
}

int fd_take_owed(const struct fd_entry *e)
{
	int32_t *d = debt(e);

	return unlikely(load_relaxed(d) != 0)
		       ? __atomic_exchange_n(d, 0, __ATOMIC_RELAXED)
		       : 0;
}

/* Whatever it was has ended, unseen if it is still counted. */
static void set_class(struct fd_entry *e, enum fd_class class)
{
	if (unlikely(fd_uncount(e)))
		fd_owe(e, -1);
	store_relaxed(&e->class, (uint32_t) class);
}

void fd_set_socket(int fd, int family, int type)
{
	struct fd_entry *e = is_other_table() ? NULL : entry(fd);

	if (!e)
		return;
	set_class(e, FD_UNKNOWN);
	e->family = (uint8_t)family;
	e->kind = kind_of(family, type & 0xf);
	e->peer_state = PEER_NONE;
	fd_put_peer(e, (struct fd_peer){ 0 });
	e->opened = clock_ns();
	store_relaxed(&e->bytes[0], 0);
	store_relaxed(&e->bytes[1], 0);
	store_relaxed(&e->attempting, 0);
	/* Pairs with fd_lookup(). */
	store_release(&e->class, FD_SOCKET);
}

static bool ask(int fd, int *family, int *type)
{
	uint32_t size = sizeof(int);

	if (sys_getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &size) != 0)
		return false;
	size = sizeof(int);
	if (sys_getsockopt(fd, SOL_SOCKET, SO_DOMAIN, family, &size) != 0)
		*family = AF_UNSPEC;
	return true;
}

struct fd_entry *fd_lookup_slow(int fd)
{
	struct fd_entry *e;
	int family, type;

	/* In the child of a vfork the table is the parent's. */
	if (load_relaxed(&fd_quiet) || is_other_table() ||
	    process_shares_memory())
		return NULL;
	e = entry(fd);
	if (!e)
		return NULL;
	if (!ask(fd, &family, &type)) {
		set_class(e, FD_OTHER);
		return NULL;
	}
	fd_set_socket(fd, family, type);
	e->opened = 0;
	e->peer_state = PEER_ASK;
	return e;
}

void fd_forget(int fd)
{
	struct fd_entry *e = is_other_table() ? NULL : known_entry(fd);

	/* One that was not looked at yet need not be, ever. */
	if (e && load_relaxed(&e->class) == FD_SOCKET)
		set_class(e, FD_OTHER);
}

void fd_set_unknown(int fd)
{
	struct fd_entry *e = is_other_table() ? NULL : known_entry(fd);

	if (e)
		set_class(e, FD_UNKNOWN);
}

/* Nothing is learnt about `to` from a number that is no socket, but that what
 * was known of it does not hold any more. */
static void copy_class(const struct fd_entry *source, struct fd_entry *e)
{
	bool other = source && load_relaxed(&source->class) == FD_OTHER;

	if (!e || (other && load_relaxed(&e->class) == FD_UNKNOWN))
		return;
	set_class(e, other ? FD_OTHER : FD_UNKNOWN);
}

void fd_copy(int from, int to)
{
	struct fd_entry *source = known_entry(from), *e;

	if (from == to || is_other_table())
		return;
	if (!source || load_relaxed(&source->class) != FD_SOCKET) {
		copy_class(source, known_entry(to));
		return;
	}
	e = entry(to);
	if (!e)
		return;
	set_class(e, FD_UNKNOWN);
	e->family = source->family;
	e->peer_state = source->peer_state;
	e->kind = source->kind;
	fd_put_peer(e, source->peer);
	e->opened = clock_ns();
	store_relaxed(&e->bytes[0], 0);
	store_relaxed(&e->bytes[1], 0);
	store_relaxed(&e->attempting, 0);
	/* Pairs with fd_lookup(). */
	store_release(&e->class, FD_SOCKET);
}

void fd_ask_nobody(void)
{
	store_relaxed(&fd_quiet, true);
}

void fd_after_fork(void)
{
	int fd, i;

	memset(owed, 0, sizeof(owed));
	if (++fd_generation != 0)
		return;
	/* Once in so many generations an old number comes up again. */
	fd_generation = 1;
	for (fd = 0; fd < FD_MAX; fd += 1024)
		for (i = 0; *fd_page(fd) && i < 1024; i++) {
			(*fd_page(fd))[i].counted = 0;
			(*fd_page(fd))[i].attempting = 0;
		}
}
