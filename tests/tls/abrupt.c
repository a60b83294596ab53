/*
 * abrupt.c - for abrupt.sh: calls of a TLS library that do not return, and calls
 * at times when others do not expect any.  abrupt SCENARIO.  With -DEARLY it is a
 * library whose constructor makes calls, too.
 */
#include "abrupt.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

/* What happens as the library is about to receive something; once. */
static void (*volatile surprise)(void);

static void receives(void)
{
	void (*happens)(void) = surprise;

	surprise = NULL;
	if (happens)
		happens();
}

static void block(int fd, bool yes)
{
	fcntl(fd, F_SETFL, yes ? 0 : O_NONBLOCK);
}

struct pair {
	int fds[2];
	session client, server;
	bool client_done, server_done;
};

static struct pair new_pair(void)
{
	struct pair p = { .client_done = false };

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, p.fds) == 0);
	block(p.fds[0], false);
	block(p.fds[1], false);
	p.client = make(p.fds[0], 0);
	p.server = make(p.fds[1], 1);
	return p;
}

static void turn(struct pair *p)
{
	p->client_done = p->client_done || drive(p->client);
	p->server_done = p->server_done || drive(p->server);
}

static struct pair connected(void)
{
	struct pair p = new_pair();
	int i;

	for (i = 0; i < 100 && !(p.client_done && p.server_done); i++)
		turn(&p);
	NEED(p.client_done && p.server_done);
	return p;
}

static void let_go(struct pair *p)
{
	drop(p->client);
	drop(p->server);
	close(p->fds[0]);
	close(p->fds[1]);
}

static void converse(const char *where)
{
	struct pair p = connected();
	char data[20];
	long sent = put(p.client, "0123456789", 10);

	printf("%s: %ld %ld\n", where, sent, get(p.server, data, sizeof(data)));
	let_go(&p);
}

#ifdef EARLY

__attribute__((constructor)) static void early(void)
{
	begin();
	converse("constructor");
}

__attribute__((destructor)) static void late(void)
{
	converse("destructor");
}

/* Makes the program need this library. */
void early_needed(void)
{
}

#else

void early_needed(void);

static void cancel(void)
{
	pthread_cancel(pthread_self());
}

static void *blocked(void *arg)
{
	struct pair *p = arg;
	char byte;

	surprise = cancel;
	get(p->server, &byte, 1);
	return NULL;
}

/* What it receives by is a cancellation point. */
static void cancelled(void)
{
	struct pair p = connected();
	void *result;
	pthread_t thread;

	block(p.fds[1], true);
	NEED(pthread_create(&thread, NULL, blocked, &p) == 0);
	NEED(pthread_join(thread, &result) == 0);
	printf("cancelled %d\n", result == PTHREAD_CANCELED);
	let_go(&p);
	converse("after");
}

static sigjmp_buf place;

static void leave(int number)
{
	siglongjmp(place, number);
}

static void jump(void)
{
	raise(SIGUSR1);
}

/* Out of a read, and out of a handshake that goes on.  That the frame of the
 * read was left is seen by a call from the same place. */
static void jumped(void)
{
	struct pair p = connected(), other = connected();
	char data[20];

	signal(SIGUSR1, leave);
	if (sigsetjmp(place, 1) == 0) {
		surprise = jump;
		get(p.server, data, 1);
		puts("returned");
	}
	let_go(&p);
	NEED(put(other.client, "0123456", 7) == 7);
	printf("other %ld\n", get(other.server, data, sizeof(data)));
	let_go(&other);
	p = new_pair();
	turn(&p);
	if (sigsetjmp(place, 1) == 0) {
		surprise = jump;
		drive(p.server);
		puts("returned");
	}
	while (!p.client_done || !p.server_done)
		turn(&p);
	puts("done");
	let_go(&p);
}

static void closed(void)
{
	struct pair p = connected();
	char byte;
	long ret;

	close(p.fds[1]);
	errno = 0;
	ret = get(p.server, &byte, 1);
	printf("%ld %s\n", ret, strerror(errno));
	p.fds[1] = -1;
	let_go(&p);
}

static pthread_key_t key;

static void destroy(void *value)
{
	(void)value;
	converse("key");
}

static void *ends(void *arg)
{
	pthread_setspecific(key, &key);
	return arg;
}

static void at_exit(void)
{
	converse("atexit");
}

/* Once a thread is past what it has of us, and once main() has returned. */
static void late(void)
{
	pthread_t thread;

	early_needed();
	NEED(pthread_key_create(&key, destroy) == 0);
	NEED(pthread_create(&thread, NULL, ends, NULL) == 0);
	pthread_join(thread, NULL);
	atexit(at_exit);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {
		{ "cancelled", cancelled },
		{ "jumped", jumped },
		{ "closed", closed },
		{ "late", late },
	};
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	begin();
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (argc > 1 && strcmp(argv[1], all[i].name) == 0)
			all[i].run();
	return 0;
}

#endif
