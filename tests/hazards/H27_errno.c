/*
 * H27: errno after a call is what the call left there, and a call that
 * succeeds leaves the program's own value, although handlers clobber it.
 *
 * Technique: what comes before the real call leaves errno alone, handlers
 * included (span_start.c); wrap_returned() saves it after the call, wrap_leave()
 * restores it last.  Calls that end by a plan never change it, and who tells of
 * one without restores it (known.c).
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <malloc.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define PRESET 0xDEAD
#define SHOW(call) show(#call, (errno = PRESET, (long)(call)))

static unsigned long seen;
static int pair[2];
static char text[64] = "x";
static void *volatile nowhere = (void *)8;
static volatile size_t huge = SIZE_MAX / 2 + 1000;
static struct iovec iov = { text, 1 }, bad = { (void *)8, 1 };
static void *volatile block;

static int clobber(const char *event, const struct telemetry_fields *m,
		   const struct telemetry_fields *metadata, void *config)
{
	errno = E2BIG;
	return count_event(event, m, metadata, config);
}

static void show(const char *call, long result)
{
	int number = errno;

	/* Addresses differ from run to run. */
	if (result > 100000)
		result = 1;
	printf("%s = %ld, errno %s\n", call, result,
	       number == PRESET ? "kept" : strerror(number));
}

static long freeing(void *p)
{
	free(p);
	return 0;
}

static void heap(void)
{
	SHOW(block = malloc(100));
	SHOW(block = realloc(block, 5000));
	SHOW(freeing(block));
	SHOW(freeing(NULL));
	SHOW(malloc(huge));
	SHOW(block = calloc(1, 100));
	SHOW(calloc(huge, 16));
	SHOW(realloc(NULL, huge));
	SHOW(reallocarray(block, huge, huge));
	SHOW(block = reallocarray(block, 10, 100));
	SHOW(malloc_usable_size(block) >= 1000);
	SHOW(freeing(block));
	SHOW(freeing(aligned_alloc(64, 640)));
	SHOW(aligned_alloc(64, huge & ~63ul));
	SHOW(freeing(memalign(64, 10)));
	SHOW(memalign(64, huge));
	SHOW(posix_memalign((void **)&block, 3, 10));
	SHOW(posix_memalign((void **)&block, 64, huge));
	SHOW(posix_memalign((void **)&block, 64, 10));
	SHOW(freeing(block));
	SHOW(freeing(valloc(10)));
	SHOW(freeing(pvalloc(10)));
	SHOW(pvalloc(huge));
	block = malloc(4 << 20); /* a mapping of its own */
	SHOW(freeing(block));
}

static void transfer(int from, int to, void *buffer, struct iovec *vector)
{
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = 1 };
	struct mmsghdr many = { .msg_hdr = message };

	SHOW(send(from, buffer, 1, MSG_NOSIGNAL));
	SHOW(recv(to, buffer, 1, MSG_DONTWAIT));
	SHOW(sendto(from, buffer, 1, MSG_NOSIGNAL, NULL, 0));
	SHOW(recvfrom(to, buffer, 1, MSG_DONTWAIT, NULL, NULL));
	SHOW(write(from, buffer, 1));
	SHOW(read(to, buffer, 1));
	SHOW(writev(from, vector, 1));
	SHOW(readv(to, vector, 1));
	SHOW(pwritev2(from, vector, 1, -1, 0));
	SHOW(read(to, buffer, 1));
	SHOW(pwritev2(from, vector, 1, 0, 0));
	SHOW(pwritev64v2(from, vector, 1, -1, 0));
	SHOW(read(to, buffer, 1));
	SHOW(sendmsg(from, &message, MSG_NOSIGNAL));
	SHOW(recvmsg(to, &message, MSG_DONTWAIT));
	SHOW(sendmmsg(from, &many, 1, MSG_NOSIGNAL));
	SHOW(recvmmsg(to, &many, 1, MSG_DONTWAIT, NULL));
	SHOW(recv(to, buffer, 1, MSG_DONTWAIT));
	SHOW(sendfile(from, to, NULL, 1));
	SHOW(splice(from, NULL, to, NULL, 1, SPLICE_F_NONBLOCK));
}

static void sockets(void)
{
	struct sockaddr_un un = { AF_UNIX, "absent" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	transfer(pair[0], pair[1], text, &iov);
	transfer(pair[0], pair[1], nowhere, &bad);
	transfer(-1, -1, text, &iov);
	SHOW(connect(fd, (struct sockaddr *)&un, sizeof(un)));
	SHOW(accept(fd, NULL, NULL));
	SHOW(accept4(-1, NULL, NULL, 0));
	SHOW(shutdown(fd, SHUT_RD));
	SHOW(close(fd));
	SHOW(close(fd));
	SHOW(dup2(pair[0], fd));
	SHOW(dup2(-1, fd));
	SHOW(close_range(900, 901, 0));
	SHOW(close_range(901, 900, 0));
	SHOW(close(fd));
}

static void waits(void)
{
	struct pollfd p = { pair[1], POLLIN, 0 };
	struct timespec none = { 0, 0 };
	struct timeval never = { 0, 0 };
	struct epoll_event event;
	int fd = epoll_create1(0);

	SHOW(poll(&p, 1, 0));
	SHOW(poll(nowhere, 1, 0));
	SHOW(ppoll(&p, 1, &none, NULL));
	SHOW(select(0, NULL, NULL, NULL, &never));
	SHOW(select(-1, NULL, NULL, NULL, &never));
	SHOW(pselect(0, NULL, NULL, NULL, &none, NULL));
	SHOW(epoll_wait(fd, &event, 1, 0));
	SHOW(epoll_wait(fd, &event, 0, 0));
	SHOW(epoll_pwait(-1, &event, 1, 0, NULL));
	SHOW(epoll_pwait2(fd, &event, 1, &none, NULL));
	SHOW(epoll_pwait2(fd, &event, 0, &none, NULL));
	SHOW(epoll_pwait2(-1, &event, 1, &none, NULL));
	SHOW(close(fd));
}

static void names(void)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *found = NULL;
	struct sockaddr_in in = { .sin_family = AF_INET };

	h_errno = 77;
	SHOW(getaddrinfo("127.0.0.1", "80", &hints, &found));
	if (found)
		freeaddrinfo(found);
	SHOW(getaddrinfo("not numeric", NULL, &hints, &found));
	SHOW(getnameinfo((void *)&in, sizeof(in), text, 1, NULL, 0,
			 NI_NUMERICHOST));
	SHOW(getnameinfo((void *)&in, sizeof(in), text, 60, NULL, 0,
			 NI_NUMERICHOST));
	printf("h_errno %d\n", h_errno);
}

int main(void)
{
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	listen_to_libc(clobber, &seen);
	heap();
	sockets();
	waits();
	names();
	CHECK(!shimmed() || seen > 120);
	return hazard_end();
}
