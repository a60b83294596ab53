/*
 * H11: variadic functions get the one argument that they were given, whatever
 * its type: numbers, pointers to structures, nothing.
 *
 * Technique: a wrapper of fcntl or ioctl reads exactly one argument of a
 * pointer's size.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static void show(const char *call, long result)
{
	printf("%s = %ld (%s)\n", call, result,
	       result < 0 ? strerror(errno) : "-");
}

#define SHOW(call) show(#call, (long)(call))

static void locks(int fd)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = 5,
			      .l_len = 1ll << 40 };
	struct flock other = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	SHOW(fcntl(fd, F_SETLK, &lock));
	SHOW(fcntl(fd, F_GETLK, &other));
	printf("type %d\n", other.l_type);
	lock.l_pid = 0;
	SHOW(fcntl(fd, F_OFD_SETLK, &lock));
	SHOW(fcntl(fd, F_OFD_GETLK, &lock));
	printf("start %lld, length %lld\n", (long long)lock.l_start,
	       (long long)lock.l_len);
	SHOW(fcntl(fd, F_GETLK, NULL));
}

int main(void)
{
	struct f_owner_ex owner = { F_OWNER_PID, 0 };
	int fd, pipes[2], pair[2], pending = -1, on = 1;
	unsigned long seen = 0;

	listen_to_libc(count_event, &seen);
	fd = open("file", O_CREAT | O_RDWR, 0640);
	SHOW(fchmod(fd, 0600));
	SHOW(open("other", O_CREAT | O_WRONLY | O_EXCL, 0400));
	SHOW(open("other", O_CREAT | O_WRONLY | O_EXCL, 0400));
	SHOW(open(".", O_TMPFILE | O_WRONLY, 0600) >= -1);
	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	pair_of(pair);
	SHOW(fcntl(pipes[0], F_SETPIPE_SZ, 1 << 16));
	SHOW(fcntl(pipes[0], F_GETPIPE_SZ));
	SHOW(fcntl(pair[0], F_DUPFD, 100));
	SHOW(fcntl(pair[0], F_DUPFD_CLOEXEC, 200));
	SHOW(fcntl(200, F_GETFD));
	SHOW(fcntl(pair[0], F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(pair[0], F_GETFL));
	SHOW(fcntl(pair[0], F_SETFL, O_NONBLOCK));
	SHOW(fcntl(pair[0], F_GETFL));
	SHOW(fcntl(pair[0], F_SETSIG, SIGUSR1));
	SHOW(fcntl(pair[0], F_GETSIG));
	SHOW(fcntl(pair[0], F_SETOWN_EX, &owner));
	SHOW(fcntl(-1, F_GETFD));
	SHOW(fcntl(pair[0], 4711, 1));
	SHOW(ioctl(pair[0], FIONBIO, &on));
	CHECK(send(pair[1], "xyz", 3, 0) == 3);
	SHOW(ioctl(pair[0], FIONREAD, &pending));
	printf("pending %d\n", pending);
	SHOW(ioctl(pair[0], 4711, NULL));
	locks(fd);
	shimmed();
	return hazard_end();
}
