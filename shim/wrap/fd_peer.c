/*
 * fd_peer.c - the other end of a socket, as text: asked for once, and interned.
 */
#include "wrap/fd.h"

#include "base/buf.h"
#include "base/segment.h"
#include "base/sys.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Addresses are chosen by others: so many of them get a symbol, and no more. */
#define ADDRESSES_MAX 4096

static uint32_t address_count;

static const struct symbol *address_symbol(const char *text, size_t length)
{
	struct symbol *s = symbol_find(text, length);

	if (s)
		return s;
	if (add_relaxed(&address_count, 1) >= ADDRESSES_MAX) {
		segment_drop(DROP_TEXT, 1);
		return NULL;
	}
	return symbol_intern(text, length);
}

static void put_ipv4(struct buf *b, const uint8_t *a)
{
	buf_printf(b, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
}

/* RFC 5952: lower case, the longest run of two or more zero groups is "::". */
static void put_ipv6(struct buf *b, const uint8_t *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint16_t group[8];
	int best = -1, best_length = 1, i, run;

	if (memcmp(a, mapped, sizeof(mapped)) == 0) {
		buf_str(b, "::ffff:");
		put_ipv4(b, a + 12);
		return;
	}
	for (i = 0; i < 8; i++)
		group[i] = (uint16_t)(a[2 * i] << 8 | a[2 * i + 1]);
	for (i = 0; i < 8; i++) {
		for (run = 0; i + run < 8 && group[i + run] == 0;)
			run++;
		if (run > best_length) {
			best = i;
			best_length = run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			buf_str(b, "::");
			i += best_length - 1;
			continue;
		}
		if (i > 0 && i != best + best_length)
			buf_char(b, ':');
		buf_hex(b, group[i]);
	}
}

static struct fd_peer unix_peer(const struct sockaddr_un *un, uint32_t size)
{
	char text[sizeof(un->sun_path) + 2];
	struct buf b = BUF(text);
	size_t room, n = 0;

	if (size <= offsetof(struct sockaddr_un, sun_path))
		return (struct fd_peer){ &SYM_unnamed, 0 };
	/* Of a longer one the kernel takes no notice. */
	room = (size < sizeof(*un) ? size : sizeof(*un)) -
	       offsetof(struct sockaddr_un, sun_path);
	if (un->sun_path[0] == '\0') {
		/* Abstract: shown with '@', as ss(8) and proc(5) do. */
		buf_char(&b, '@');
		buf_bytes(&b, un->sun_path + 1, room - 1);
	} else {
		while (n < room && un->sun_path[n])
			n++;
		buf_bytes(&b, un->sun_path, n);
	}
	return (struct fd_peer){ address_symbol(text, b.length), 0 };
}

struct fd_peer fd_peer_of(const struct sockaddr *address, uint32_t size)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;
	struct fd_peer peer = { 0 };
	char text[64];
	struct buf b = BUF(text);

	if (size < sizeof(address->sa_family))
		return peer;
	if (address->sa_family == AF_UNIX)
		return unix_peer((const void *)address, size);
	if (address->sa_family == AF_INET && size >= sizeof(*in)) {
		put_ipv4(&b, (const uint8_t *)&in->sin_addr);
		peer.port = ntohs(in->sin_port);
	} else if (address->sa_family == AF_INET6 && size >= sizeof(*in6)) {
		put_ipv6(&b, (const uint8_t *)&in6->sin6_addr);
		peer.port = ntohs(in6->sin6_port);
	} else {
		return peer;
	}
	peer.address = address_symbol(text, b.length);
	return peer;
}

void fd_put_peer(struct fd_entry *e, struct fd_peer peer)
{
	store_relaxed(&e->text, 0);
	/* Pairs with fd_learn_text(): who still finds the old `text` there
	 * takes nothing for it that is not the old peer's. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	store_relaxed(&e->peer.address, peer.address);
	store_relaxed(&e->peer.port, peer.port);
	/* Pairs with fd_learn_text(). */
	store_release(&e->text,
		      peer.address ? FD_NOT_PUT | (uintptr_t)peer.address : 0);
	e->kind = fd_kind_with(e->kind, peer);
}

/* Not if the number has got another peer meanwhile: that one's would be another
 * `text`.  Of which peer the old one is, it says itself, as the same peer may
 * be back by then; but one of a generation before does not come again. */
void fd_learn_text(struct fd_entry *e)
{
	/* Pairs with fd_put_peer(). */
	uint64_t was = load_acquire(&e->text), now;
	const struct symbol *address;

	if (was >> 32 == segment_generation())
		return;
	if (was & FD_NOT_PUT)
		address = (const void *)(uintptr_t)(was & ~FD_NOT_PUT);
	else
		address = load_relaxed(&e->peer.address);
	if (!was || !address)
		return;
	now = load_relaxed(&address->in_segment);
	if (now && now >> 32 == segment_generation())
		__atomic_compare_exchange_n(&e->text, &was, now, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static uint8_t told(const struct fd_entry *e)
{
	return e->peer.port && !e->peer.address ? PEER_ODD : PEER_TOLD;
}

void fd_set_peer(struct fd_entry *e, const struct sockaddr *address,
		 uint32_t size, enum fd_role role)
{
	fd_put_peer(e, fd_peer_of(address, size));
	e->kind.role = role & 3;
	e->peer_state = told(e);
}

const struct fd_peer *fd_peer(int fd, struct fd_entry *e)
{
	struct sockaddr_storage address;
	uint32_t size = sizeof(address);

	if (e->peer_state != PEER_ASK || load_relaxed(&fd_quiet))
		return &e->peer;
	if (sys_getpeername(fd, &address, &size) == 0)
		fd_put_peer(e, fd_peer_of((void *)&address, size));
	e->peer_state = told(e);
	return &e->peer;
}
