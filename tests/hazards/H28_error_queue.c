/*
 * H28: a program asks its thread's error queue of OpenSSL, and errno, what has
 * happened after a call.  What was in the queue stays there, nothing is added,
 * and errno is what the call left, although handlers clobber it.
 *
 * Technique: the queue is only looked at, and only after a call that failed
 * without saying why (wrap/openssl.c).
 *
 * modes: record events
 * cflags: -lssl -lcrypto -Wno-deprecated-declarations
 */
#include "hazard.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#define PRESET 0xDEAD
#define SHOW(ssl, call) show(ssl, #call, (preset(), (long)(call)))

static unsigned long seen;
static SSL *client, *server;
static char data[100];
static size_t done;

static int clobber(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *config)
{
	errno = E2BIG;
	return count_event(event, m, metadata, config);
}

/* Two that the program has not taken out. */
static void preset(void)
{
	ERR_clear_error();
	ERR_put_error(ERR_LIB_USER, 0, 71, "here", 1);
	ERR_put_error(ERR_LIB_USER, 0, 72, "here", 2);
	errno = PRESET;
}

static void show(SSL *ssl, const char *call, long result)
{
	int number = errno, i = 0;
	unsigned long code;

	printf("%s = %ld, errno %s, SSL_get_error %d:", call, result,
	       number == PRESET ? "kept" : strerror(number),
	       SSL_get_error(ssl, (int)result));
	while ((code = ERR_get_error()) != 0 && i++ < 20)
		printf(" %lx", code);
	puts("");
}

static void pair(bool verifies)
{
	static SSL_CTX *ctx;
	BIO *a, *b;

	ctx = SSL_CTX_new(TLS_method());
	CHECK(ctx);
	if (verifies)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	else
		CHECK(SSL_CTX_set_cipher_list(ctx, "AECDH:@SECLEVEL=0"));
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	client = SSL_new(ctx);
	server = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	CHECK(BIO_new_bio_pair(&a, 0, &b, 0) == 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
}

static void release(void)
{
	SHOW(client, (SSL_free(server), 0));
	SSL_free(client);
}

int main(void)
{
	int i;

	pair(false);
	SHOW(server, SSL_read(server, data, 10));
	listen_to_span("tls.handshake", clobber, &seen);
	listen_to_span("tls.read", clobber, &seen);
	listen_to_span("tls.write", clobber, &seen);
	for (i = 0; i < 3; i++) {
		SHOW(client, SSL_connect(client));
		SHOW(server, SSL_accept(server));
	}
	CHECK(SSL_is_init_finished(client) && SSL_is_init_finished(server));
	SHOW(server, SSL_read(server, data, 10));
	SHOW(client, SSL_write(client, data, 10));
	SHOW(server, SSL_peek(server, data, 10));
	SHOW(server, SSL_read_ex(server, data, 10, &done));
	SHOW(server, SSL_read_ex(server, data, 10, &done));
	SHOW(client, SSL_write_ex(client, data, 10, &done));
	SHOW(client, SSL_sendfile(client, 0, 0, 10, 0));
	SHOW(client, SSL_shutdown(client));
	SHOW(server, SSL_read(server, data, 100));
	SHOW(server, SSL_read(server, data, 100));
	SHOW(client, SSL_write(client, data, 10));
	release();
	/* Nobody has a cipher: refused. */
	pair(true);
	for (i = 0; i < 3; i++) {
		SHOW(client, SSL_do_handshake(client));
		SHOW(server, SSL_do_handshake(server));
	}
	SHOW(client, SSL_read(client, data, 10));
	release();
	/* In the middle of it. */
	pair(false);
	SHOW(client, SSL_connect(client));
	SHOW(client, SSL_clear(client));
	SHOW(client, SSL_connect(client));
	release();
	if (shimmed())
		CHECK(seen > 30);
	return hazard_end();
}
