/*
 * link.c - descriptors that a reporter keeps.
 */
#include "common/link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int64_t link_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void link_set(struct link *link, int fd)
{
	struct stat st;

	link->fd = fd;
	if (fstat(fd, &st) < 0)
		memset(&st, 0, sizeof(st));
	link->dev = st.st_dev;
	link->ino = st.st_ino;
}

bool link_is_open(struct link *link)
{
	struct stat st;

	if (link->fd < 0)
		return false;
	if (fstat(link->fd, &st) == 0 && st.st_dev == link->dev &&
	    st.st_ino == link->ino)
		return true;
	link->fd = -1;
	return false;
}

void link_close(struct link *link)
{
	if (link_is_open(link))
		close(link->fd);
	link->fd = -1;
}

bool link_may_try(const struct link *link)
{
	return link_now_ms() >= link->retry_ms;
}

void link_failed(struct link *link)
{
	int64_t pause = LINK_PAUSE_MAX_MS;

	if (link->failed < 8)
		pause = (int64_t)LINK_PAUSE_MIN_MS << link->failed++;
	link->retry_ms = link_now_ms() + pause;
}

void link_works(struct link *link)
{
	link->failed = 0;
	link->retry_ms = 0;
}

int link_wait(int fd, int64_t end_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	int ready;

	do {
		int64_t left = end_ms - link_now_ms();

		ready = poll(&poller, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	return poller.revents & (POLLERR | POLLHUP | POLLNVAL) ? -EPIPE : 0;
}

int link_unix(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}
