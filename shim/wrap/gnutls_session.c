/*
 * gnutls_session.c - GnuTLS: tls.handshake, the first of a connection, and what
 * is remembered of a session because it cannot be asked.
 *
 * The name that a server was asked for is not recorded: where there is none, to
 * ask for it is an error in the library's log.
 */
#include "wrap/gnutls.h"

#include "base/arena.h"
#include "base/hash.h"

#include <string.h>

#define SLOTS 2048
#define NEAR 8 /* places that a session may have */
#define NAME_MAX_LENGTH 255

/*
 * A place is taken by its session's thread and given back by whoever frees it;
 * in between only calls of that session look at it.  One whose session was
 * freed unseen is taken by the next one at that address.
 */
struct session_facts {
	gnutls_session_t session; /* NULL: free */
	const struct symbol *role;
	char name[NAME_MAX_LENGTH + 1];
};

static struct session_facts *table;

/* Under the guard. */
static COLD struct session_facts *make_table(void)
{
	size_t size = SLOTS * sizeof(*table);
	struct session_facts *fresh = arena_pages(size, ARENA_PLAIN),
			     *none = NULL;

	/* Release pairs with find(). */
	if (!fresh ||
	    __atomic_compare_exchange_n(&table, &none, fresh, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return fresh;
	arena_pages_free(fresh, size);
	return none;
}

static struct session_facts *find(gnutls_session_t session)
{
	/* Pairs with make_table(). */
	struct session_facts *all = load_acquire(&table);
	size_t at = hash_mix((uintptr_t)session, 0), i;

	for (i = 0; all && i < NEAR; i++)
		if (load_relaxed(&all[(at + i) % SLOTS].session) == session)
			return &all[(at + i) % SLOTS];
	return NULL;
}

/* Under the guard.  NULL: no room near its place; it has no name then. */
static struct session_facts *take_place(gnutls_session_t session)
{
	struct session_facts *k = find(session), *all = load_relaxed(&table);
	size_t at = hash_mix((uintptr_t)session, 0), i;

	if (!all)
		all = make_table();
	for (i = 0; all && !k && i < NEAR; i++) {
		gnutls_session_t none = NULL;
		struct session_facts *next = &all[(at + i) % SLOTS];

		if (__atomic_compare_exchange_n(&next->session, &none, session,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			k = next;
	}
	return k;
}

void gnutls_remembered(gnutls_session_t session, struct tls_fields *f)
{
	const struct session_facts *k = find(session);

	if (k) {
		f->role = k->role;
		f->server = k->name;
	}
}

static void forget(const struct gnutls_next *next, gnutls_session_t session)
{
	struct tls_fields f = { 0 };
	struct session_facts *k;

	if (tls_drives(session)) {
		gnutls_describe(next, session, &f);
		f.reason = &SYM_closed;
		tls_drive_forget(session, &f);
	}
	k = find(session);
	if (k)
		store_relaxed(&k->session, NULL);
}

/* Under the guard. */
static void remember(gnutls_session_t session, const struct symbol *role)
{
	struct session_facts *k = take_place(session);

	if (k) {
		k->role = role;
		k->name[0] = '\0';
	}
}

/* ---- functions ----------------------------------------------------------- */

int gnutls_init_body(const struct gnutls_next *next, gnutls_session_t *session,
		     unsigned int flags)
{
	int ret = next->gnutls_init(session, flags), saved = errno;
	struct tls_fields f = { .reason = &SYM_closed };
	struct thread *t = &thread_self;

	if (ret < 0 || !wrap_wanted(&SITE(gnutls_handshake)))
		return ret;
	/* One at this address, that was freed unseen. */
	if (tls_drives(*session))
		tls_drive_forget(*session, &f);
	if (thread_claim(t)) {
		remember(*session,
			 flags & GNUTLS_SERVER ? &SYM_server : &SYM_client);
		thread_release(t);
	}
	errno = saved;
	return ret;
}

int gnutls_server_name_set_body(const struct gnutls_next *next,
				gnutls_session_t session, int type,
				const void *name, size_t length)
{
	int ret = next->gnutls_server_name_set(session, type, name, length);
	struct session_facts *k = ret == 0 ? find(session) : NULL;

	if (k && type == GNUTLS_NAME_DNS && length <= NAME_MAX_LENGTH) {
		if (length)
			memcpy(k->name, name, length);
		k->name[length] = '\0';
	}
	return ret;
}

/* Before the session goes: another may get its address. */
void gnutls_deinit_body(const struct gnutls_next *next,
			gnutls_session_t session)
{
	int saved = errno;

	if (session)
		forget(next, session);
	errno = saved;
	next->gnutls_deinit(session);
}

static void driven(struct tls_drive *d, const struct gnutls_next *next,
		   gnutls_session_t session, int ret)
{
	struct tls_fields f = { 0 };

	tls_drive_returned(d);
	f.reason = gnutls_reason(next, session, ret, d->error);
	if (ret >= 0)
		f.resumed = next->gnutls_session_is_resumed(session)
				    ? &SYM_true_
				    : &SYM_false_;
	gnutls_describe(next, session, &f);
	tls_drive_end(d, ret >= 0 || f.reason, &f);
}

int gnutls_handshake_body(const struct gnutls_next *next,
			  gnutls_session_t session)
{
	struct tls_drive d CLEANUP(tls_drive_abandoned);
	int ret;

	d.call.open = false;
	if (!wrap_wanted(&SITE(gnutls_handshake)) || !session)
		return next->gnutls_handshake(session);
	/* A call that goes on, or a later handshake, which is none of ours. */
	if (!tls_drive_begin(&d, &SITE(gnutls_handshake), FRAME(), session,
			     !tls_drives(session) &&
				     !gnutls_is_agreed(next, session)))
		return next->gnutls_handshake(session);
	ret = next->gnutls_handshake(session);
	driven(&d, next, session, ret);
	return ret;
}
