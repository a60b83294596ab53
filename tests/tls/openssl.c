/*
 * openssl.c - for openssl.sh: every way to read, write and shake hands that
 * OpenSSL has, and the odd ones.  openssl SCENARIO.
 */
#include "openssl.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static char text[70000], buffer[70000];

/* Non-blocking, each function. */
static void whole(void)
{
	struct ends e = pair();
	size_t done;

	shake(e, 100);
	TELL(e.server, SSL_read(e.server, buffer, sizeof(buffer)));
	TELL(e.client, SSL_write(e.client, text, 1000));
	TELL(e.server, SSL_peek(e.server, buffer, 100));
	TELL(e.server, SSL_peek_ex(e.server, buffer, 100, &done));
	TELL(e.server, SSL_read(e.server, buffer, 400));
	TELL(e.server, SSL_read_ex(e.server, buffer, sizeof(buffer), &done));
	printf("%zu\n", done);
	TELL(e.server, SSL_read_ex(e.server, buffer, sizeof(buffer), &done));
	TELL(e.server, SSL_write_ex(e.server, text, 2000, &done));
	TELL(e.client, SSL_read(e.client, buffer, sizeof(buffer)));
	TELL(e.client, SSL_sendfile(e.client, 0, 0, 100, 0));
	TELL(e.client, SSL_write(e.client, text, sizeof(text)));
	TELL(e.client, SSL_do_handshake(e.client));
	release(e);
	e = pair();
	shake(e, 100);
	TELL(e.client, SSL_shutdown(e.client));
	TELL(e.server, SSL_read(e.server, buffer, sizeof(buffer)));
	TELL(e.server, SSL_shutdown(e.server));
	TELL(e.server, SSL_write(e.server, text, 10));
	release(e);
}

/* The handshake is left to the first reads and writes. */
static void implied(void)
{
	struct ends e = pair();
	int i;

	for (i = 0; i < 100; i++) {
		if (TELL(e.client, SSL_write(e.client, text, 77)) > 0)
			break;
		TELL(e.server, SSL_read(e.server, buffer, sizeof(buffer)));
	}
	while (TELL(e.server, SSL_read(e.server, buffer, sizeof(buffer))) <= 0)
		;
	release(e);
	/* And to do_handshake, on one side. */
	e = pair();
	for (i = 0; i < 100 && !SSL_is_init_finished(e.server); i++) {
		TELL(e.client, SSL_do_handshake(e.client));
		TELL(e.server, SSL_peek(e.server, buffer, sizeof(buffer)));
	}
	release(e);
}

/* Freed, cleared and reused in the middle of a handshake. */
static void left(void)
{
	struct ends e;
	int i;

	e = pair();
	shake(e, 1);
	release(e);
	e = pair();
	TELL(e.client, SSL_connect(e.client));
	TELL(e.client, SSL_clear(e.client));
	join(e);
	shake(e, 100);
	release(e);
	/* Addresses come back. */
	for (i = 0; i < 100; i++) {
		e = pair();
		shake(e, i % 3);
		release(e);
	}
}

static SSL *begun(void)
{
	SSL *ssl = SSL_new(client_ctx);

	SSL_set_connect_state(ssl);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	NEED(SSL_do_handshake(ssl) < 0);
	return ssl;
}

/* Freed where nobody sees it: libssl does it, with the BIO.  Its address comes
 * back, but that of the first; the last one is freed as it should be. */
static void unseen(void)
{
	int i;

	for (i = 0; i < 50; i++) {
		BIO *bio = BIO_new(BIO_f_ssl());

		if (i > 0 && i < 49)
			BIO_set_ssl(bio, begun(), BIO_CLOSE);
		else
			SSL_free(begun());
		BIO_free(bio);
	}
	ERR_clear_error();
	puts("unseen");
}

static void refused(void)
{
	static const char http[] = "GET / HTTP/1.0\r\n\r\n";
	struct ends e = pair();
	int i;

	for (i = 0; i < 3; i++) {
		TELL(e.client, SSL_connect(e.client));
		TELL(e.server, SSL_accept(e.server));
	}
	TELL(e.client, SSL_read(e.client, buffer, sizeof(buffer)));
	release(e);
	e = sockets();
	NEED(write(SSL_get_fd(e.client), http, sizeof(http)) > 0);
	TELL(e.server, SSL_accept(e.server));
	TELL(e.server, SSL_accept(e.server));
	close(SSL_get_fd(e.server));
	TELL(e.client, SSL_connect(e.client));
	release(e);
}

/* What was in the queue before stays there, and is no failure of a read that
 * has to wait. */
static void stale(void)
{
	struct ends e = pair();

	shake(e, 100);
	SSL_read(e.client, buffer, 10);
	ERR_put_error(ERR_LIB_USER, 0, 77, "here", 1);
	TELL(e.client, SSL_read(e.client, buffer, 10));
	ERR_put_error(ERR_LIB_USER, 0, 77, "here", 1);
	TELL(e.client, SSL_write(e.client, buffer, 10));
	release(e);
}

/* The peer goes without a word. */
static void cut(void)
{
	struct ends e = sockets();
	int server = SSL_get_fd(e.server), client = SSL_get_fd(e.client);

	NEED(fork() != 0 || (SSL_accept(e.server), _exit(0), 0));
	TELL(e.client, SSL_connect(e.client));
	NEED(wait(NULL) > 0);
	close(server);
	TELL(e.client, SSL_read(e.client, buffer, sizeof(buffer)));
	close(client);
	release(e);

	e = sockets();
	server = SSL_get_fd(e.server);
	NEED(fork() != 0 || (SSL_accept(e.server), _exit(0), 0));
	TELL(e.client, SSL_connect(e.client));
	NEED(wait(NULL) > 0);
	close(server);
	TELL(e.client, SSL_write(e.client, text, sizeof(text)));
	release(e);
}

static void early(void)
{
	struct ends e;
	SSL_SESSION *session;
	size_t done = 0;

	SSL_CTX_set_max_early_data(server_ctx, 4096);
	SSL_CTX_set_session_id_context(server_ctx, (void *)"t", 1);
	e = pair();
	shake(e, 100);
	TELL(e.client, SSL_read(e.client, buffer, sizeof(buffer)));
	session = SSL_get1_session(e.client);
	/* One that is not taken leave of is not used again. */
	TELL(e.client, SSL_shutdown(e.client));
	TELL(e.server, SSL_shutdown(e.server));
	release(e);
	e = pair();
	NEED(SSL_set_session(e.client, session) == 1);
	TELL(e.client, SSL_write_early_data(e.client, text, 123, &done));
	TELL(e.server,
	     SSL_read_early_data(e.server, buffer, sizeof(buffer), &done));
	printf("%zu\n", done);
	TELL(e.client, SSL_connect(e.client));
	TELL(e.server,
	     SSL_read_early_data(e.server, buffer, sizeof(buffer), &done));
	shake(e, 100);
	printf("reused %d\n", SSL_session_reused(e.client));
	release(e);
	SSL_SESSION_free(session);
}

/* The child of a fork has a copy of a session in the middle of its handshake;
 * frees it, and goes on with another one. */
static void forked(void)
{
	struct ends e = pair();
	int status;

	shake(e, 1);
	fflush(stdout);
	if (fork() == 0) {
		release(e);
		e = pair();
		shake(e, 100);
		fflush(stdout);
		_exit(7);
	}
	NEED(wait(&status) > 0);
	printf("child %d\n", WEXITSTATUS(status));
	shake(e, 100);
	release(e);
}

static void *converse(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 25; i++) {
		struct ends e = pair();
		char data[100];

		while (SSL_do_handshake(e.client) != 1) {
			SSL_do_handshake(e.server);
			ERR_clear_error();
		}
		NEED(SSL_do_handshake(e.server) == 1);
		NEED(SSL_write(e.client, "0123456789", 10) == 10);
		NEED(SSL_read(e.server, data, sizeof(data)) == 10);
		release(e);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t t[8];
	size_t i;

	for (i = 0; i < 8; i++)
		NEED(pthread_create(&t[i], NULL, converse, NULL) == 0);
	for (i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	puts("threads");
}

/* One begins it, another one frees it. */
static void *free_it(void *ssl)
{
	SSL_free(ssl);
	return NULL;
}

static void handed(void)
{
	struct ends e = pair();
	pthread_t t;

	TELL(e.client, SSL_connect(e.client));
	pthread_create(&t, NULL, free_it, e.client);
	pthread_join(t, NULL);
	SSL_free(e.server);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {
		{ "whole", whole },	{ "implied", implied },
		{ "left", left },	{ "unseen", unseen },
		{ "refused", refused }, { "cut", cut },
		{ "early", early },	{ "forked", forked },
		{ "threads", threads }, { "handed", handed },
		{ "stale", stale },
	};
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	setup(argc > 2);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (argc > 1 && strcmp(argv[1], all[i].name) == 0)
			all[i].run();
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	return 0;
}
