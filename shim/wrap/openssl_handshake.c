/*
 * openssl_handshake.c - OpenSSL: tls.handshake, from the first call that drives
 * it to the one that finds it done or failed, or to the end of the session.
 *
 * It is the first handshake of a connection.  What a peer begins later on is
 * done inside of reads and writes, without a sign.
 */
#include "wrap/openssl.h"

static void finish(const struct openssl_next *next, const SSL *ssl,
		   struct tls_fields *f)
{
	f->resumed = next->SSL_session_reused(ssl) ? &SYM_true_ : &SYM_false_;
}

bool openssl_drive_begin(struct tls_drive *d, const struct openssl_next *next,
			 const struct wrap_site *site, void *frame, SSL *ssl)
{
	return tls_drive_begin(d, site, frame, ssl,
			       next->SSL_in_before(ssl) != 0);
}

void openssl_drive_end(struct tls_drive *d, const struct openssl_next *next,
		       SSL *ssl, bool ok)
{
	struct tls_fields f = { 0 };
	bool ended = true;

	tls_drive_returned(d);
	if (next->SSL_is_init_finished(ssl)) {
		finish(next, ssl, &f);
	} else if (ok || openssl_is_waiting(next, ssl)) {
		ended = false;
	} else {
		f.reason = openssl_reason(next, ssl, d->error);
		if (!f.reason)
			f.reason = &SYM_broken;
	}
	openssl_describe(next, ssl, &f);
	tls_drive_end(d, ended, &f);
}

#define HANDSHAKE(fn)                                                          \
	int fn##_body(const struct openssl_next *next, SSL *ssl)               \
	{                                                                      \
		struct tls_drive d CLEANUP(tls_drive_abandoned);               \
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

/* Before the session goes, or begins anew: another may get its address. */
static void forget(const struct openssl_next *next, SSL *ssl)
{
	int saved = errno;

	if (ssl && tls_drives(ssl)) {
		struct tls_fields f = { 0 };

		openssl_describe(next, ssl, &f);
		/* The rest may have been done where we did not see it. */
		if (next->SSL_is_init_finished(ssl))
			finish(next, ssl, &f);
		else
			f.reason = &SYM_closed;
		tls_drive_forget(ssl, &f);
	}
	errno = saved;
}

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
