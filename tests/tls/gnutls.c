/*
 * gnutls.c - for gnutls.sh: every way to read, write and shake hands that GnuTLS
 * has, and the odd ones.  gnutls SCENARIO.
 */
#include "need.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL(call) tell(#call, (errno = 0xDEAD, (long)(call)))

struct ends {
	gnutls_session_t client, server;
	int fds[2];
};

static gnutls_certificate_credentials_t server_cred, client_cred;
static char data[70000];

static long tell(const char *what, long ret)
{
	int error = errno;

	printf("%s: %ld, errno %s\n", what, ret,
	       error == 0xDEAD ? "kept" : strerror(error));
	return ret;
}

static struct ends pair(unsigned int flags, bool verifies)
{
	struct ends e;
	int i;

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, e.fds) == 0);
	for (i = 0; i < 2; i++)
		fcntl(e.fds[i], F_SETFL, O_NONBLOCK);
	NEED(gnutls_init(&e.client, GNUTLS_CLIENT | GNUTLS_NONBLOCK | flags) ==
	     0);
	NEED(gnutls_init(&e.server, GNUTLS_SERVER | GNUTLS_NONBLOCK | flags) ==
	     0);
	NEED(gnutls_server_name_set(e.client, GNUTLS_NAME_DNS, "localhost",
				    9) == 0);
	gnutls_set_default_priority(e.client);
	gnutls_set_default_priority(e.server);
	gnutls_credentials_set(e.client, GNUTLS_CRD_CERTIFICATE, client_cred);
	gnutls_credentials_set(e.server, GNUTLS_CRD_CERTIFICATE, server_cred);
	if (verifies)
		gnutls_session_set_verify_cert(e.client, "localhost", 0);
	gnutls_transport_set_int(e.client, e.fds[0]);
	gnutls_transport_set_int(e.server, e.fds[1]);
	return e;
}

static void release(struct ends e)
{
	gnutls_deinit(e.client);
	gnutls_deinit(e.server);
	close(e.fds[0]);
	close(e.fds[1]);
}

/* Both sides in turn. */
static void shake(struct ends e, int turns)
{
	int c = GNUTLS_E_AGAIN, s = GNUTLS_E_AGAIN;

	while (turns-- > 0 && ((c < 0 && !gnutls_error_is_fatal(c)) ||
			       (s < 0 && !gnutls_error_is_fatal(s)))) {
		if (c < 0 && !gnutls_error_is_fatal(c))
			c = (int)TELL(gnutls_handshake(e.client));
		if (s < 0 && !gnutls_error_is_fatal(s))
			s = (int)TELL(gnutls_handshake(e.server));
	}
}

static void whole(void)
{
	struct ends e = pair(0, false);
	gnutls_range_st range = { 10, 200 };
	gnutls_packet_t packet;
	unsigned char sequence[8];
	gnutls_datum_t datum;
	off_t offset = 0;
	int fd;

	shake(e, 100);
	TELL(gnutls_record_recv(e.server, data, sizeof(data)));
	TELL(gnutls_record_send(e.client, data, 1000));
	TELL(gnutls_record_recv(e.server, data, 400));
	TELL(gnutls_record_recv_seq(e.server, data, sizeof(data), sequence));
	TELL(gnutls_record_send2(e.client, data, 700, 0, 0));
	TELL(gnutls_record_recv_packet(e.server, &packet));
	gnutls_packet_get(packet, &datum, NULL);
	printf("%u\n", datum.size);
	gnutls_packet_deinit(packet);
	TELL(gnutls_record_send_range(e.client, data, 50, &range));
	TELL(gnutls_record_recv(e.server, data, sizeof(data)));
	fd = open(getenv("CERT"), O_RDONLY);
	TELL(gnutls_record_send_file(e.client, fd, &offset, 300));
	TELL(gnutls_record_recv(e.server, data, sizeof(data)));
	close(fd);
	gnutls_record_cork(e.client);
	TELL(gnutls_record_send(e.client, data, 11));
	TELL(gnutls_record_uncork(e.client, 0));
	TELL(gnutls_record_recv(e.server, data, sizeof(data)));
	TELL(gnutls_bye(e.client, GNUTLS_SHUT_WR));
	TELL(gnutls_record_recv(e.server, data, sizeof(data)));
	/* A later one is another thing: keys are renewed. */
	TELL(gnutls_handshake(e.server));
	release(e);
}

static void left(void)
{
	struct ends e;
	int i;

	for (i = 0; i < 100; i++) {
		e = pair(0, false);
		shake(e, i % 3);
		release(e);
	}
	e = pair(0, false);
	while (gnutls_record_send(e.client, data, 1) >= 0)
		;
	release(e);
}

static void refused(void)
{
	static const char http[] = "GET / HTTP/1.0\r\n\r\n";
	struct ends e = pair(0, true);

	shake(e, 3);
	gnutls_alert_send_appropriate(e.client,
				      GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR);
	TELL(gnutls_handshake(e.server));
	release(e);
	e = pair(0, false);
	NEED(write(e.fds[0], http, sizeof(http)) > 0);
	TELL(gnutls_handshake(e.server));
	shutdown(e.fds[1], SHUT_RDWR);
	TELL(gnutls_handshake(e.client));
	release(e);
	e = pair(0, false);
	shake(e, 100);
	close(dup2(e.fds[0], e.fds[1]));
	TELL(gnutls_record_recv(e.client, data, 10));
	TELL(gnutls_record_send(e.client, data, 10));
	release(e);
}

static int never_seen(void *arg, time_t until, const gnutls_datum_t *key,
		      const gnutls_datum_t *value)
{
	(void)arg, (void)until, (void)key, (void)value;
	return 0;
}

static void early(void)
{
	gnutls_anti_replay_t replay;
	gnutls_datum_t ticket, key;
	struct ends e;

	NEED(gnutls_session_ticket_key_generate(&key) == 0);
	NEED(gnutls_anti_replay_init(&replay) == 0);
	gnutls_anti_replay_set_add_function(replay, never_seen);
	e = pair(GNUTLS_ENABLE_EARLY_DATA, false);
	gnutls_session_ticket_enable_server(e.server, &key);
	gnutls_anti_replay_enable(e.server, replay);
	shake(e, 100);
	TELL(gnutls_record_recv(e.client, data, 10));
	NEED(gnutls_session_get_data2(e.client, &ticket) == 0);
	release(e);
	e = pair(GNUTLS_ENABLE_EARLY_DATA, false);
	gnutls_session_ticket_enable_server(e.server, &key);
	gnutls_anti_replay_enable(e.server, replay);
	NEED(gnutls_session_set_data(e.client, ticket.data, ticket.size) == 0);
	TELL(gnutls_record_send_early_data(e.client, data, 123));
	shake(e, 100);
	TELL(gnutls_record_recv_early_data(e.server, data, sizeof(data)));
	release(e);
	gnutls_anti_replay_deinit(replay);
	gnutls_free(ticket.data);
	gnutls_free(key.data);
}

static void forked(void)
{
	struct ends e = pair(0, false);
	int status;

	shake(e, 1);
	if (fork() == 0) {
		release(e);
		e = pair(0, false);
		shake(e, 100);
		_exit(7);
	}
	NEED(wait(&status) > 0);
	printf("child %d\n", WEXITSTATUS(status));
	shake(e, 100);
	release(e);
}

static void *converse(void *arg)
{
	char got[20];
	int i;

	(void)arg;
	for (i = 0; i < 10; i++) {
		struct ends e = pair(0, false);

		while (gnutls_handshake(e.client) != 0)
			gnutls_handshake(e.server);
		while (gnutls_handshake(e.server) != 0)
			;
		NEED(gnutls_record_send(e.client, "0123456789", 10) == 10);
		NEED(gnutls_record_recv(e.server, got, 20) == 10);
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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {
		{ "whole", whole },	{ "left", left },
		{ "refused", refused }, { "early", early },
		{ "forked", forked },	{ "threads", threads },
	};
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	gnutls_certificate_allocate_credentials(&client_cred);
	gnutls_certificate_allocate_credentials(&server_cred);
	NEED(gnutls_certificate_set_x509_key_file(server_cred, getenv("CERT"),
						  getenv("KEY"),
						  GNUTLS_X509_FMT_PEM) == 0);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (argc > 1 && strcmp(argv[1], all[i].name) == 0)
			all[i].run();
	gnutls_certificate_free_credentials(client_cred);
	gnutls_certificate_free_credentials(server_cred);
	return 0;
}
