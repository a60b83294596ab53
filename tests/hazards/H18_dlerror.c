/*
 * H18: a pending dlerror() of the program survives every wrapped call.
 *
 * Technique: no dl* function on the program's threads; originals are found by
 * a walk over the link map (wrap/elf.c).
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <dlfcn.h>
#include <malloc.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>

static int pair[2];
static char text[64] = "x";
static struct iovec iov = { text, 1 };
static void *volatile block;

static void do_malloc(void)
{
	block = malloc(33);
}
static void do_calloc(void)
{
	free(block);
	block = calloc(3, 33);
}
static void do_realloc(void)
{
	block = realloc(block, 400);
}
static void do_free(void)
{
	free(block);
}
static void do_memalign(void)
{
	free(memalign(64, 100));
}
static void do_aligned(void)
{
	free(aligned_alloc(64, 128));
}
static void do_valloc(void)
{
	free(valloc(100));
}
static void do_pvalloc(void)
{
	free(pvalloc(100));
}
static void do_posix_memalign(void)
{
	void *block = NULL;

	CHECK(posix_memalign(&block, 64, 100) == 0);
	free(block);
}
static void do_reallocarray(void)
{
	free(reallocarray(NULL, 3, 5));
}
static void do_send(void)
{
	CHECK(send(pair[0], text, 1, 0) == 1);
}
static void do_recv(void)
{
	CHECK(recv(pair[1], text, 1, 0) == 1);
}
static void do_write(void)
{
	CHECK(write(pair[0], text, 1) == 1);
}
static void do_read(void)
{
	CHECK(read(pair[1], text, 1) == 1);
}
static void do_writev(void)
{
	CHECK(writev(pair[0], &iov, 1) == 1);
}
static void do_readv(void)
{
	CHECK(readv(pair[1], &iov, 1) == 1);
}
static void do_sendto(void)
{
	CHECK(sendto(pair[0], text, 1, 0, NULL, 0) == 1);
}
static void do_recvfrom(void)
{
	CHECK(recvfrom(pair[1], text, 1, 0, NULL, NULL) == 1);
}
static void do_poll(void)
{
	struct pollfd p = { pair[1], POLLIN, 0 };

	poll(&p, 1, 0);
}
static void do_select(void)
{
	struct timeval none = { 0, 0 };

	select(0, NULL, NULL, NULL, &none);
}
static void do_epoll(void)
{
	struct epoll_event event;
	int fd = epoll_create1(0);

	epoll_wait(fd, &event, 1, 0);
	close(fd);
}
static void do_connect(void)
{
	CHECK(connect_unix("absent") < 0);
}
static void do_accept(void)
{
	CHECK(accept(-1, NULL, NULL) < 0);
}
static void do_shutdown(void)
{
	shutdown(pair[0], SHUT_WR);
}
static void do_close(void)
{
	close(pair[0]);
}
static void do_sendfile(void)
{
	sendfile(-1, -1, NULL, 1);
}
static void do_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, NULL, 0) == pid);
}
static void do_getnameinfo(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	getnameinfo((void *)&in, sizeof(in), text, sizeof(text), NULL, 0,
		    NI_NUMERICHOST);
}
static void do_getaddrinfo(void)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *found = NULL;

	CHECK(getaddrinfo("127.0.0.1", NULL, &hints, &found) == 0);
	freeaddrinfo(found);
}
static void *thread_main(void *arg)
{
	return arg;
}
static void do_thread(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, thread_main, NULL));
	pthread_join(thread, NULL);
}

static void check(const char *name, void (*call)(void))
{
	const char *message;

	dlerror();
	CHECK(dlsym(RTLD_DEFAULT, "hazard_no_such_symbol") == NULL);
	call();
	message = dlerror();
	printf("%s: %s\n", name, message ? "kept" : "lost");
}

#define TRY(name) check(#name, do_##name)

int main(void)
{
	unsigned long seen = 0;

	pair_of(pair);
	listen_to_libc(count_event, &seen);
	TRY(malloc);
	TRY(calloc);
	TRY(realloc);
	TRY(free);
	TRY(memalign);
	TRY(aligned);
	TRY(valloc);
	TRY(pvalloc);
	TRY(posix_memalign);
	TRY(reallocarray);
	TRY(send);
	TRY(recv);
	TRY(write);
	TRY(read);
	TRY(writev);
	TRY(readv);
	TRY(sendto);
	TRY(recvfrom);
	TRY(poll);
	TRY(select);
	TRY(epoll);
	TRY(connect);
	TRY(accept);
	TRY(sendfile);
	TRY(fork);
	TRY(thread);
	TRY(getnameinfo);
	TRY(getaddrinfo);
	TRY(shutdown);
	TRY(close);
	CHECK(!shimmed() || seen > 60);
	return hazard_end();
}
