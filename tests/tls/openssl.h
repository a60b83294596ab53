/*
 * openssl.h - what the programs of these tests share: two sessions of OpenSSL
 * in one process, with a BIO pair or a socket between them, and what a program
 * sees of each call: result, SSL_get_error(), error queue, errno.
 */
#ifndef TESTS_TLS_OPENSSL_H
#define TESTS_TLS_OPENSSL_H

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct ends {
	SSL *client, *server;
};

static SSL_CTX *client_ctx, *server_ctx;

#define NEED(x)                                                                \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "line %d: %s\n", __LINE__, #x);        \
			ERR_print_errors_fp(stderr);                           \
			exit(99);                                              \
		}                                                              \
	} while (0)

static inline void setup(bool verifies)
{
	client_ctx = SSL_CTX_new(TLS_client_method());
	server_ctx = SSL_CTX_new(TLS_server_method());
	NEED(SSL_CTX_use_certificate_file(server_ctx, getenv("CERT"),
					  SSL_FILETYPE_PEM) == 1);
	NEED(SSL_CTX_use_PrivateKey_file(server_ctx, getenv("KEY"),
					 SSL_FILETYPE_PEM) == 1);
	SSL_CTX_set_verify(client_ctx,
			   verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	ERR_clear_error();
}

static inline struct ends sessions(void)
{
	struct ends e = { SSL_new(client_ctx), SSL_new(server_ctx) };

	NEED(e.client && e.server);
	NEED(SSL_set_tlsext_host_name(e.client, "localhost") == 1);
	SSL_set_connect_state(e.client);
	SSL_set_accept_state(e.server);
	return e;
}

static inline void join(struct ends e)
{
	BIO *a, *b;

	NEED(BIO_new_bio_pair(&a, 0, &b, 0) == 1);
	SSL_set_bio(e.client, a, a);
	SSL_set_bio(e.server, b, b);
}

/* Nothing blocks here. */
static inline struct ends pair(void)
{
	struct ends e = sessions();

	join(e);
	return e;
}

static inline struct ends sockets(void)
{
	struct ends e = sessions();
	int fds[2];

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	NEED(SSL_set_fd(e.client, fds[0]) == 1);
	NEED(SSL_set_fd(e.server, fds[1]) == 1);
	return e;
}

static inline void release(struct ends e)
{
	SSL_free(e.client);
	SSL_free(e.server);
}

/* All that a program can ask after a call; the queue is emptied, as it should
 * be before the next one. */
static inline long tell(const char *what, SSL *ssl, long ret, int error)
{
	unsigned long code = ERR_peek_error();

	printf("%s: %ld, errno %d, queue %lx, last %lx", what, ret, error, code,
	       ERR_peek_last_error());
	printf(", SSL_get_error %d, state %s\n", SSL_get_error(ssl, (int)ret),
	       SSL_state_string(ssl));
	ERR_clear_error();
	return ret;
}

/* errno is told before anything else can change it. */
#define TELL(ssl, call)                                                        \
	({                                                                     \
		long ret_;                                                     \
		int error_;                                                    \
                                                                               \
		errno = 0;                                                     \
		ret_ = (long)(call);                                           \
		error_ = errno;                                                \
		tell(#call, ssl, ret_, error_);                                \
	})

/* Both sides in turn, until both are done or `turns` are over. */
static inline void shake(struct ends e, int turns)
{
	while (turns-- > 0 && !(SSL_is_init_finished(e.client) &&
				SSL_is_init_finished(e.server))) {
		if (!SSL_is_init_finished(e.client))
			TELL(e.client, SSL_connect(e.client));
		if (!SSL_is_init_finished(e.server))
			TELL(e.server, SSL_accept(e.server));
	}
}

#endif
