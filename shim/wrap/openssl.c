/*
 * openssl.c - OpenSSL: what a session says of itself, and the table of its
 * functions.
 */
#include "wrap/openssl.h"

#include <string.h>

/* Before anything is agreed upon the version is the highest on offer. */
static bool is_agreed(const struct openssl_next *next, const SSL *ssl)
{
	return next->SSL_is_init_finished(ssl) ||
	       (next->SSL_get_pending_cipher &&
		next->SSL_get_pending_cipher(ssl));
}

void openssl_describe(const struct openssl_next *next, const SSL *ssl,
		      struct tls_fields *f)
{
	f->library = &SYM_openssl;
	f->role = next->SSL_is_server(ssl) ? &SYM_server : &SYM_client;
	f->server = next->SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	if (is_agreed(next, ssl))
		tls_name_version(f, next->SSL_version(ssl));
}

bool openssl_is_broken(const struct openssl_next *next, const SSL *ssl)
{
	return strcmp(next->SSL_state_string(ssl), "SSLERR") == 0;
}

/* As SSL_get_error() has it, but for the error queue, in which something older
 * may be. */
bool openssl_is_waiting(const struct openssl_next *next, const SSL *ssl)
{
	int want = next->SSL_want(ssl);
	const BIO *bio;

	if (want == SSL_NOTHING || openssl_is_broken(next, ssl))
		return false;
	/* A callback of the program's, or its job. */
	if (want != SSL_READING && want != SSL_WRITING)
		return true;
	bio = want == SSL_READING ? next->SSL_get_rbio(ssl)
				  : next->SSL_get_wbio(ssl);
	/* None: it has a transport of its own. */
	return !bio || next->BIO_test_flags(bio, BIO_FLAGS_SHOULD_RETRY);
}

/* OpenSSL sets errno to 0 before it reads or writes. */
const struct symbol *openssl_reason(const struct openssl_next *next,
				    const SSL *ssl, int error)
{
	int want = next->SSL_want(ssl);
	bool moving = want == SSL_READING || want == SSL_WRITING;
	const struct symbol *system = error ? errno_symbol(error) : NULL;
	unsigned long code;
	const char *text;

	if (moving && system && !openssl_is_broken(next, ssl))
		return system;
	code = next->ERR_peek_last_error();
	if (code) {
		text = next->ERR_reason_error_string(code);
		if (text)
			return tls_reason(text);
		return system ? system : &SYM_kind_error;
	}
	if (openssl_is_broken(next, ssl))
		return &SYM_broken;
	/* Versions before 3 have no error of their own for it. */
	if (moving)
		return tls_reason("unexpected eof while reading");
	return system;
}

/* A session that carries another one is read inside the other's call: each is a
 * span of its own. */
#define PROVIDER_LIBRARY LIBRARY_NONE
#include "wrap/provider_rows.h"

const struct redirect_library redirect_openssl = {
	.family = FAMILY_TLS,
	.name = "OpenSSL",
	/* Look-alikes and versions before 1.1.0 lack it. */
	.key = "SSL_in_before",
	PROVIDER_TABLES,
};
