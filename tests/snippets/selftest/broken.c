/*
 * broken.c - a library to preload that does what a shim must never do, once
 * each, so that replay.sh is seen to notice: send() changes errno, read() is no
 * cancellation point, shutdown() leaves a descriptor open, and getpagesize()
 * has no snippet.  recv() is sound.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	ssize_t ret = sendto(fd, buf, len, flags, NULL, 0);

	if (ret >= 0)
		errno = 0;
	return ret;
}

EXPORT ssize_t read(int fd, void *buf, size_t len)
{
	return syscall(SYS_read, fd, buf, len);
}

EXPORT ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return recvfrom(fd, buf, len, flags, NULL, NULL);
}

/* Opens a descriptor that the program can see. */
EXPORT int shutdown(int fd, int how)
{
	int mine = dup(fd), ret = (int)syscall(SYS_shutdown, fd, how);

	(void)mine;
	return ret;
}

EXPORT int getpagesize(void)
{
	return 4096;
}
