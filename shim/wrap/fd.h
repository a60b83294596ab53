/*
 * fd.h - what is known of each descriptor number: socket or not, its peer.
 *
 * Hints, not truth: libc's own calls and raw system calls close and open
 * descriptors behind our back (HAZARDS.md calls it bookkeeping that goes
 * stale).  A number is forgotten before it is closed and learnt after it is
 * opened.  Nothing here is a lock, and nothing is a system call in steady
 * state; a number that was there before us is looked at once.
 */
#ifndef SHIM_WRAP_FD_H
#define SHIM_WRAP_FD_H

#include "base/compiler.h"
#include "event/symbol.h"

#define FD_MAX (1 << 20) /* numbers from here on are not tracked */

struct sockaddr;

enum fd_class {
	FD_UNKNOWN, /* not looked at yet: inherited, or passed to us */
	FD_OTHER,
	FD_SOCKET,
};

/* The other end of a connection, or of one datagram. */
struct fd_peer {
	const struct symbol *address; /* NULL: none or not known */
	uint32_t port;
};

/* What many sockets have in common. */
enum fd_transport { FD_NO_TRANSPORT, FD_TCP, FD_UDP, FD_UNIX };
enum fd_type { FD_NO_TYPE, FD_IPV4, FD_IPV6 };
enum fd_role { FD_NO_ROLE, FD_CLIENT, FD_SERVER };
/* The enums, of each of which a symbol is below, and what a peer has. */
struct fd_kind {
	uint8_t transport : 2, type : 2, role : 2, address : 1, port : 1;
};
extern const struct symbol *const fd_transports[], *const fd_types[],
							   *const fd_roles[];

enum fd_peer_state {
	PEER_NONE, /* nobody has told, and there is no reason to ask */
	PEER_TOLD,
	PEER_ODD, /* told, but it has a port and no address */
	PEER_ASK, /* the kernel knows, we do not */
};

/* A connect that went on after the call: socket_attempt.c. */
struct fd_attempt {
	uint64_t start, id, parent; /* of its span */
	uint64_t answered; /* clock_ns() of the last SO_ERROR that said 0 */
};

/* In a cache line of its own. */
struct fd_entry {
	uint32_t class;	    /* enum fd_class; release: pairs with fd_lookup() */
	uint16_t counted;   /* in libc.socket.connections: see fd_count() */
	uint8_t family;	    /* AF_* */
	uint8_t peer_state; /* enum fd_peer_state */
	uint32_t
		attempting; /* fd_generation while an attempt goes on, else 0 */
	struct fd_kind kind;
	struct fd_peer peer;
	/* in_segment of the peer's address, so that this need not be looked at;
	 * FD_NOT_PUT and its place until that is known; 0: no address. */
	uint64_t text;
	uint64_t bytes[2]; /* by enum socket_direction; relaxed additions */
	uint64_t opened;   /* clock_ns(); 0: before us */
};

_Static_assert(sizeof(struct fd_entry) == 64, "a cache line");

/* Of no generation of a segment, and of no pointer. */
#define FD_NOT_PUT (1ull << 63)

/* Most have no larger numbers than those of the first page. */
extern struct fd_entry *fd_first_page, *fd_more_pages[FD_MAX >> 10];
/* The socket family is switched on; until then nothing is learnt. */
extern uint32_t fd_tracking;
extern uint16_t fd_generation;
extern bool fd_quiet; /* see fd_ask_nobody() */

struct fd_entry *fd_lookup_slow(int fd);

/* Where the page of a number below FD_MAX is; pairs with its publication in
 * fd.c. */
static inline struct fd_entry **fd_page(int fd)
{
	return likely(fd < 1024) ? &fd_first_page : &fd_more_pages[fd >> 10];
}

/* The entry of a socket; NULL for anything else. */
static inline struct fd_entry *fd_lookup(int fd)
{
	struct fd_entry *page, *e;

	if (unlikely((unsigned int)fd >= FD_MAX))
		return NULL;
	/* Pairs with the publication of a page in fd.c. */
	page = load_acquire(fd_page(fd));
	if (unlikely(!page))
		return fd_lookup_slow(fd);
	e = &page[fd & 1023];
	/* Pairs with fd_set_socket(). */
	switch (load_acquire(&e->class)) {
	case FD_OTHER:
		return NULL;
	case FD_SOCKET:
		return e;
	default:
		return fd_lookup_slow(fd);
	}
}

/* Of a number that has an entry. */
static inline struct fd_attempt *fd_attempt(int fd)
{
	/* Pairs with the publication of a page in fd.c. */
	struct fd_entry *page = load_acquire(fd_page(fd));

	return (struct fd_attempt *)(void *)(page + 1024) + (fd & 1023);
}

/* The entry of a number that is known to be a socket; asks nobody. */
static inline struct fd_entry *fd_known_socket(int fd)
{
	struct fd_entry *page;

	if ((unsigned int)fd >= FD_MAX)
		return NULL;
	/* Pairs with the publication of a page in fd.c. */
	page = load_acquire(fd_page(fd));
	/* Pairs with fd_set_socket(). */
	return page && load_acquire(&page[fd & 1023].class) == FD_SOCKET
		       ? &page[fd & 1023]
		       : NULL;
}

/* A function that works on sockets alone was called with it successfully, so
 * it is one whatever the table says.  NULL: not tracked. */
static inline struct fd_entry *fd_lookup_socket(int fd)
{
	struct fd_entry *e = fd_known_socket(fd);

	return likely(e != NULL) ? e : fd_lookup_slow(fd);
}

/* It is a new socket (socket, socketpair, accept). */
void fd_set_socket(int fd, int family, int type);
/* It is about to be closed or replaced, if it is a socket. */
void fd_forget(int fd);
/* It may be anything: received from another process, or perhaps closed. */
void fd_set_unknown(int fd);
/* `to` is now what `from` is. */
void fd_copy(int from, int to);
/* The peer of a connection, from an address that the kernel has accepted. */
void fd_set_peer(struct fd_entry *e, const struct sockaddr *address,
		 uint32_t size, enum fd_role role);
/* The peer, asking the kernel once if nobody has told; under the guard. */
const struct fd_peer *fd_peer(int fd, struct fd_entry *e);
/* It is that from now on. */
void fd_put_peer(struct fd_entry *e, struct fd_peer peer);
/* The text of its peer may have come into the segment. */
void fd_learn_text(struct fd_entry *e);
/* Text and port of an address; under the guard. */
struct fd_peer fd_peer_of(const struct sockaddr *address, uint32_t size);
static inline struct fd_kind fd_kind_with(struct fd_kind kind,
					  struct fd_peer peer)
{
	kind.address = peer.address != NULL;
	kind.port = peer.port != 0;
	return kind;
}
/* Transports that have connections. */
bool fd_is_connection(const struct fd_entry *e);

/*
 * The number of open connections: each one is counted by the descriptor that
 * it began with.  True: it was not counted before, or was.  Of two threads, or
 * of a thread and its signal handler, one is told so.  In the child of a fork
 * nothing is counted, as connections are the parent's.
 */
static inline bool fd_count(struct fd_entry *e)
{
	return __atomic_exchange_n(&e->counted, fd_generation,
				   __ATOMIC_RELAXED) != fd_generation;
}

static inline bool fd_uncount(struct fd_entry *e)
{
	return __atomic_exchange_n(&e->counted, 0, __ATOMIC_RELAXED) ==
	       fd_generation;
}

/* Connections that ended where no event could say so (a signal handler inside
 * our own work, a close that failed); the next event of their kind does. */
void fd_owe(const struct fd_entry *e, int connections);
int fd_take_owed(const struct fd_entry *e);

/* No system calls from now on: before a seccomp filter. */
void fd_ask_nobody(void);
void fd_after_fork(void);

#endif
