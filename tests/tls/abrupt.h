/*
 * abrupt.h - one face of OpenSSL and of GnuTLS (-DWITH_GNUTLS) for abrupt.c: two
 * sessions in one process, with a socket between them.
 */
#ifndef TESTS_TLS_ABRUPT_H
#define TESTS_TLS_ABRUPT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Called as the library is about to receive something. */
static void receives(void);

#ifdef WITH_GNUTLS

#include "need.h"

#include <gnutls/gnutls.h>

typedef gnutls_session_t session;

static gnutls_certificate_credentials_t cred;

static void begin(void)
{
	gnutls_certificate_allocate_credentials(&cred);
	NEED(gnutls_certificate_set_x509_key_file(cred, getenv("CERT"),
						  getenv("KEY"),
						  GNUTLS_X509_FMT_PEM) == 0);
}

static ssize_t pull(gnutls_transport_ptr_t fd, void *data, size_t size)
{
	receives();
	return recv((int)(long)fd, data, size, 0);
}

static session make(int fd, int is_server)
{
	session s;

	NEED(gnutls_init(&s, is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) == 0);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_transport_set_int(s, fd);
	gnutls_transport_set_pull_function(s, pull);
	return s;
}

static int drive(session s)
{
	return gnutls_handshake(s) == 0;
}

static long get(session s, void *data, size_t size)
{
	return gnutls_record_recv(s, data, size);
}

static long put(session s, const void *data, size_t size)
{
	return gnutls_record_send(s, data, size);
}

static void drop(session s)
{
	gnutls_deinit(s);
}

#else

#include "openssl.h"

typedef SSL *session;

static void begin(void)
{
	setup(false);
}

static long before_bio(BIO *bio, int operation, const char *data, size_t size,
		       int number, long other, int ret, size_t *done)
{
	(void)bio, (void)data, (void)size, (void)number, (void)other;
	(void)done;
	if (operation == BIO_CB_READ)
		receives();
	return ret;
}

static session make(int fd, int is_server)
{
	session s = SSL_new(is_server ? server_ctx : client_ctx);

	NEED(s && SSL_set_fd(s, fd) == 1);
	BIO_set_callback_ex(SSL_get_rbio(s), before_bio);
	if (is_server)
		SSL_set_accept_state(s);
	else
		SSL_set_connect_state(s);
	return s;
}

static int drive(session s)
{
	int done = SSL_do_handshake(s) == 1;

	ERR_clear_error();
	return done;
}

static long get(session s, void *data, size_t size)
{
	return SSL_read(s, data, (int)size);
}

static long put(session s, const void *data, size_t size)
{
	return SSL_write(s, data, (int)size);
}

static void drop(session s)
{
	SSL_free(s);
}

#endif

#endif
