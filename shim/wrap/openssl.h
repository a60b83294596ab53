/*
 * openssl.h - OpenSSL as we know it, and what the wrappers of its functions
 * share.
 *
 * The thread's error queue belongs to the program, which asks it what has
 * happened after a call that failed: it is only looked at, and only if nothing
 * else tells.
 */
#ifndef SHIM_WRAP_OPENSSL_H
#define SHIM_WRAP_OPENSSL_H

#include "wrap/tls_drive.h"

#include <sys/types.h>

typedef struct ssl_st SSL;
typedef struct bio_st BIO;

/* From openssl/ssl.h, bio.h and tls1.h; numbers of the ABI. */
#define SSL_NOTHING 1
#define SSL_WRITING 2
#define SSL_READING 3
#define SSL_RECEIVED_SHUTDOWN 2
#define BIO_FLAGS_SHOULD_RETRY 8
#define TLSEXT_NAMETYPE_host_name 0

/* The bodies of the wrappers: openssl_handshake.c,
 * openssl_io.c. */
#define PROVIDER openssl
#define PROVIDER_TABLE "wrap/openssl.def"
#include "wrap/provider.h"

/* Fields that the session knows; texts are borrowed from it. */
void openssl_describe(const struct openssl_next *next, const SSL *ssl,
		      struct tls_fields *fields);
/* After a call that did nothing: would it, called again? */
bool openssl_is_waiting(const struct openssl_next *next, const SSL *ssl);
/* Has the session broken down? */
bool openssl_is_broken(const struct openssl_next *next, const SSL *ssl);
/* Why the call that has just returned failed; NULL if nothing says that it did.
 * error: errno after it.  Takes the guard. */
const struct symbol *openssl_reason(const struct openssl_next *next,
				    const SSL *ssl, int error);

/* As tls_drive_begin() and tls_drive_end(); ok: the call did what it was made
 * for. */
bool openssl_drive_begin(struct tls_drive *drive,
			 const struct openssl_next *next,
			 const struct wrap_site *site, void *frame, SSL *ssl);
void openssl_drive_end(struct tls_drive *drive, const struct openssl_next *next,
		       SSL *ssl, bool ok);

#endif
