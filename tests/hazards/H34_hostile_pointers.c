/*
 * H34, H39: pointers that the kernel refuses or never looks at are not looked
 * at by us either, and memory that was given back is not read again.
 *
 * Technique: the caller's memory is read after the call only, as much of it as
 * the kernel has stored; the peer of an accepted connection is asked for where
 * the caller's room for it is not known.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* A value that the compiler does not see through. */
static void *volatile bad_pointer = (void *)1;
#define BAD bad_pointer
#define BIG (1 << 20)

static long port_seen;
static unsigned long seen;

static int on_accept(const char *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *port =
		telemetry_get(metadata, "network.peer.port");

	(void)m;
	port_seen = port ? port->as.i64 : -1;
	return count_event(event, m, metadata, config);
}

static void show(const char *what, long ret)
{
	printf("%s: %ld %s\n", what, ret < 0 ? -1L : 0L,
	       ret < 0 ? strerror(errno) : "");
}

static int port_of(int fd)
{
	struct sockaddr_in in = { 0 };
	socklen_t size = sizeof(in);

	CHECK(getsockname(fd, (void *)&in, &size) == 0);
	return ntohs(in.sin_port);
}

/* The room that the caller has ends with its page. */
static void accept_into(int listening, int port, void *addr, socklen_t *size)
{
	int client = connect_tcp(port), fd = accept(listening, addr, size);

	CHECK(fd >= 0);
	if (shimmed())
		CHECK(port_seen == port_of(client));
	close(fd);
	close(client);
}

static void addresses(void)
{
	int port, listening = listen_tcp(&port), client;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static socklen_t elsewhere;
	struct sockaddr_in in;
	socklen_t size = sizeof(in);

	CHECK(mprotect(page + 4096, 4096, PROT_NONE) == 0);
	accept_into(listening, port, NULL, NULL);
	accept_into(listening, port, NULL, BAD);
	accept_into(listening, port, &in, &size);
	size = 2;
	accept_into(listening, port, page + 4094, &size);
	elsewhere = 4;
	accept_into(listening, port, page + 4092, &elsewhere);
	client = connect_tcp(port);
	show("accept without size", accept(listening, (void *)&in, NULL));
	close(client);
	client = connect_tcp(port);
	show("accept with bad size", accept(listening, (void *)&in, BAD));
	close(client);
	close(listening);
}

static void messages(void)
{
	char byte;
	int pair[2];

	pair_of(pair);
	show("connect", connect(pair[0], BAD, sizeof(struct sockaddr_in)));
	show("sendto", sendto(pair[0], "x", 1, 0, BAD, 16));
	show("sendmsg", sendmsg(pair[0], BAD, 0));
	show("recvmsg", recvmsg(pair[1], BAD, MSG_DONTWAIT));
	show("recvmmsg", recvmmsg(pair[1], BAD, 1, MSG_DONTWAIT, NULL));
	show("sendmmsg", sendmmsg(pair[0], BAD, 1, 0));
	show("readv", readv(pair[1], BAD, 1));
	CHECK(send(pair[0], "x", 1, 0) == 1);
	show("recvfrom", recvfrom(pair[1], &byte, 1, 0, NULL, BAD));
	show("close_range", close_range(9, 3, 0));
	show("close_range", close_range(3, 9, 0x4000));
	CHECK(send(pair[0], "x", 1, 0) == 1);
	show("dup2", dup2(-1, pair[0]));
	CHECK(send(pair[0], "x", 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
}

/* Large blocks are mappings of their own, gone when they are freed. */
static void *(*volatile resize)(void *, size_t) = realloc;
static void *(*volatile resize_array)(void *, size_t, size_t) = reallocarray;

static void blocks(void)
{
	unsigned long before;
	void *p = malloc(BIG);

	CHECK(p && resize(p, 0) == NULL);
	CHECK(resize_array(malloc(BIG), 0, 8) == NULL);
	CHECK(resize_array(NULL, (size_t)-1, 8) == NULL);
	before = seen;
	p = resize_array(NULL, 16, 8);
	CHECK(!shimmed() || seen == before + 1);
	free(p);
}

static void strict(void)
{
	int pair[2], status;
	char byte;
	pid_t child;

	pair_of(pair);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_SECCOMP, 1 /* strict */);
		if (write(pair[0], "x", 1) == 1 && read(pair[1], &byte, 1) == 1)
			syscall(SYS_exit, 7);
		syscall(SYS_exit, 8);
	}
	CHECK(waitpid(child, &status, 0) == child);
	printf("strict: %d %d\n", WIFEXITED(status), WEXITSTATUS(status));
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	listen_to("libc.socket.accept.stop", on_accept, &seen);
	listen_to_span("libc.socket.send", count_event, &seen);
	addresses();
	messages();
	listen_to_span("libc.heap.free", count_event, &seen);
	listen_to("libc.heap.alloc.stop", count_event, &seen);
	blocks();
	strict();
	return hazard_end();
}
