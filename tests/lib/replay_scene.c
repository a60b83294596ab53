/*
 * replay_scene.c - sockets, files and other things that snippets need.  Uses
 * the ordinary functions, so under the preload the shim sees it all.
 */
#include "replay_run.h"

#include <sys/mman.h>
#include <sys/syscall.h>

char *echo_env[3] = { "PATH=/usr/bin:/bin", "GREETING=hello", NULL };

static void need(int ok, const char *what)
{
	if (ok)
		return;
	show_text("SETTING THE SCENE FAILED", what);
	show_text("because of", strerrorname_np(errno));
	replay_leave(98);
}

void replay_leave(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

void open_pair(int pair[2])
{
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
}

void open_dgrams(int pair[2])
{
	need(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "socketpair");
}

void drop_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

int open_file(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	need(fd >= 0 && pwrite(fd, "0123456789", 10, 0) == 10, "memfd");
	return fd;
}

int open_listener(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t length = sizeof(*at);

	memset(at, 0, sizeof(*at));
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(bind(fd, (struct sockaddr *)at, length) == 0, "bind");
	need(listen(fd, 8) == 0, "listen");
	need(getsockname(fd, (struct sockaddr *)at, &length) == 0, "name");
	return fd;
}

int open_client(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0,
	     "connect");
	return fd;
}

void fill(int fd)
{
	static const char bytes[4096];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	need(errno == EAGAIN, "fill");
}

void exhaust(void)
{
	while (syscall(SYS_dup, 0) >= 0)
		;
	need(errno == EMFILE, "exhaust");
}

int fd_at(int offset)
{
	return 100 + 50 * replay_index + offset;
}

void *bad_pointer(void)
{
	void *volatile bad = (void *)8;

	return bad;
}

size_t huge(void)
{
	volatile size_t size = PTRDIFF_MAX;

	return size;
}

void echo_argv(char *argv[4], const char *text)
{
	argv[0] = "echo";
	argv[1] = "replayed:";
	argv[2] = (char *)text;
	argv[3] = NULL;
}
