/*
 * openssl_handshake.c - OpenSSL: tls.handshake, from the first call that drives
 * it to the one that finds it done or failed, or to the end of the session.
 *
 * It is the first handshake of a connection.  What a peer begins later on is
 * done inside of reads and writes, without a sign.
 */
#include "wrap/openssl.h"

#include "base/clock.h"

static void end_kept(SSL *ssl, uint64_t now, struct tls_fields *f)
{
	struct thread *t = &thread_self;
	struct tls_handshake h;

	if (!thread_claim(t))
		return;
	if (tls_take(ssl, &h)) {
		f->function = h.function;
		tls_close(&h.span, now, f);
	}
	thread_release(t);
}

static bool is_kept(const SSL *ssl)
{
	struct thread *t = &thread_self;
	bool kept = false;

	if (unlikely(load_relaxed(&tls_kept_count) != 0) && thread_claim(t)) {
		kept = tls_is_kept(ssl);
		thread_release(t);
	}
	return kept;
}

static void finish(const struct openssl_next *next, SSL *ssl,
		   struct tls_fields *f)
{
	f->resumed = next->SSL_session_reused(ssl) ? &SYM_true_ : &SYM_false_;
}

/* The session goes, or begins anew. */
static COLD void give_up(const struct openssl_next *next, SSL *ssl)
{
	struct tls_fields f = { 0 };
	uint64_t now = clock_ns();

	openssl_describe(next, ssl, &f);
	/* The rest was done where we did not see it. */
	if (next->SSL_is_init_finished(ssl))
		finish(next, ssl, &f);
	else
		f.reason = &SYM_closed;
	end_kept(ssl, now, &f);
}

bool openssl_drive_begin(struct openssl_drive *d,
			 const struct openssl_next *next,
			 const struct wrap_site *site, void *frame, SSL *ssl)
{
	int saved = errno;

	d->function = site->function;
	d->goes_on = is_kept(ssl);
	/* Another session, at the address of one that went away unseen. */
	if (d->goes_on && next->SSL_in_before(ssl)) {
		give_up(next, ssl);
		d->goes_on = false;
	}
	errno = saved;
	return d->goes_on || (next->SSL_in_before(ssl) &&
			      wrap_begin(&d->call, site, frame, NULL, 0));
}

/* The call is over, the handshake is not. */
static void keep(struct openssl_drive *d, const struct openssl_next *next,
		 SSL *ssl)
{
	struct tls_handshake h = { .session = ssl, .function = d->function };
	struct tls_fields f = { .function = d->function };
	struct thread *t = &thread_self;
	bool kept;

	if (!thread_claim(t))
		return;
	kept = tls_keep(&d->call, &h);
	thread_release(t);
	if (kept)
		return;
	openssl_describe(next, ssl, &f);
	f.reason = &SYM_untracked;
	if (thread_claim(t)) {
		tls_close(&h.span, d->call.end, &f);
		thread_release(t);
	}
}

/* Fills in how it ended; false: it has not. */
static bool has_ended(const struct openssl_next *next, SSL *ssl, bool ok,
		      int error, struct tls_fields *f)
{
	if (next->SSL_is_init_finished(ssl)) {
		finish(next, ssl, f);
	} else if (ok || openssl_is_waiting(next, ssl)) {
		return false;
	} else {
		f->reason = openssl_reason(next, ssl, error);
		if (!f->reason)
			f->reason = &SYM_broken;
	}
	openssl_describe(next, ssl, f);
	return true;
}

void openssl_drive_end(struct openssl_drive *d, const struct openssl_next *next,
		       SSL *ssl, bool ok)
{
	bool began = d->call.open;
	int error = errno;
	struct tls_fields f = { .function = d->function };
	uint64_t now = 0;

	if (began)
		wrap_returned(&d->call);
	else
		now = clock_ns();
	if (!has_ended(next, ssl, ok, error, &f)) {
		if (began)
			keep(d, next, ssl);
	} else if (began) {
		tls_leave(&d->call, &f);
	} else {
		end_kept(ssl, now, &f);
	}
	errno = error;
}

static void drive_abandoned(struct openssl_drive *d)
{
	wrap_abandoned(&d->call);
}

#define HANDSHAKE(fn)                                                          \
	int fn##_body(const struct openssl_next *next, SSL *ssl)               \
	{                                                                      \
		struct openssl_drive d CLEANUP(drive_abandoned);               \
		int ret;                                                       \
                                                                               \
		d.call.open = false;                                           \
		if (!wrap_wanted(&SITE(fn)) || !ssl ||                         \
		    !openssl_drive_begin(&d, next, &SITE(fn), FRAME(), ssl))   \
			return next->fn(ssl);                                  \
		ret = next->fn(ssl);                                           \
		openssl_drive_end(&d, next, ssl, ret > 0);                     \
		return ret;                                                    \
	}

HANDSHAKE(SSL_connect)
HANDSHAKE(SSL_accept)
HANDSHAKE(SSL_do_handshake)

static void forget(const struct openssl_next *next, SSL *ssl)
{
	int saved = errno;

	if (ssl && is_kept(ssl))
		give_up(next, ssl);
	errno = saved;
}

/* Before the session goes: another may get its address. */
void SSL_free_body(const struct openssl_next *next, SSL *ssl)
{
	forget(next, ssl);
	next->SSL_free(ssl);
}

int SSL_clear_body(const struct openssl_next *next, SSL *ssl)
{
	forget(next, ssl);
	return next->SSL_clear(ssl);
}
