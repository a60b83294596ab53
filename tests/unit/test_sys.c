/* test_sys.c - raw system calls: the kernel's answers, and errno left alone. */
#include "base/sys.h"

#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static char directory[] = "/tmp/test-sys-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

TEST(failures_are_negative_and_errno_stays)
{
	struct timespec ts;
	struct stat st;
	uint32_t size = 0;
	char c;

	errno = 1234;
	CHECK_INT(sys_open("/proc/none/file", O_RDONLY, 0), -ENOENT);
	CHECK_INT(sys_openat(AT_FDCWD, "", O_RDONLY, 0), -ENOENT);
	CHECK_INT(sys_close(-1), -EBADF);
	CHECK_INT(sys_read(-1, &c, 1), -EBADF);
	CHECK_INT(sys_pread(-1, &c, 1, 0), -EBADF);
	CHECK_INT(sys_write(-1, &c, 1), -EBADF);
	CHECK_INT(sys_fstat(-1, &st), -EBADF);
	CHECK_INT(sys_fallocate(-1, 0, 1), -EBADF);
	CHECK_INT(sys_ftruncate(-1, 0), -EBADF);
	CHECK_INT(sys_flock(-1, LOCK_EX), -EBADF);
	CHECK_INT(sys_mkdir("/proc/none", 0700), -ENOENT);
	CHECK_INT(sys_unlinkat(AT_FDCWD, "/proc/none/file", 0), -ENOENT);
	CHECK_INT(sys_getdents64(-1, &c, 1), -EBADF);
	CHECK_INT(sys_readlink("/proc/none", &c, 1), -ENOENT);
	CHECK_INT(sys_munmap((void *)1, 1), -EINVAL);
	CHECK_INT(sys_madvise((void *)1, 1, 0), -EINVAL);
	CHECK_INT(sys_mprotect((void *)1, 1, 0), -EINVAL);
	CHECK_INT(sys_kill(0, 999), -EINVAL);
	CHECK_INT(sys_getsockopt(-1, 0, 0, &c, &size), -EBADF);
	CHECK_INT(sys_getpeername(-1, &c, &size), -EBADF);
	CHECK_INT(sys_getsockname(-1, &c, &size), -EBADF);
	CHECK_INT(sys_clock_gettime(12345, &ts), -EINVAL);
	CHECK(sys_mmap(NULL, 0, 0, MAP_PRIVATE, -1, 0) == NULL);
	CHECK(sys_mmap(NULL, SIZE_MAX / 2, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0) == NULL);
	CHECK_INT(errno, 1234);
}

TEST(files)
{
	char text[16] = "";
	struct stat st;
	int fd;

	CHECK(mkdtemp(directory));
	CHECK_INT(sys_mkdir(path_of("sub"), 0700), 0);
	CHECK_INT(sys_mkdir(path_of("sub"), 0700), -EEXIST);
	fd = sys_open(path_of("file"), O_RDWR | O_CREAT | O_EXCL, 0640);
	CHECK(fd >= 0);
	CHECK_INT(sys_write(fd, "telemetry", 9), 9);
	CHECK_INT(sys_pread(fd, text, 4, 5), 4);
	CHECK_STR(text, "etry");
	CHECK_INT(sys_fstat(fd, &st), 0);
	CHECK_INT(st.st_size, 9);
	CHECK_INT(st.st_mode & 0777, 0640);
	CHECK_INT(sys_fallocate(fd, 0, 8192), 0);
	CHECK_INT(sys_fstat(fd, &st), 0);
	CHECK_INT(st.st_size, 8192);
	CHECK_INT(sys_ftruncate(fd, 3), 0);
	CHECK_INT(sys_pread(fd, text, sizeof(text), 0), 3);
	CHECK_INT(sys_flock(fd, LOCK_EX | LOCK_NB), 0);
	CHECK_INT(sys_close(fd), 0);
	CHECK_INT(symlink("target", path_of("link")), 0);
	CHECK_INT(sys_readlink(path_of("link"), text, sizeof(text)), 6);
	CHECK_INT(memcmp(text, "target", 6), 0);
	fd = sys_open(directory, O_RDONLY | O_DIRECTORY, 0);
	CHECK_INT(sys_unlinkat(fd, "link", 0), 0);
	CHECK_INT(sys_unlinkat(fd, "file", 0), 0);
	CHECK_INT(sys_unlinkat(fd, "sub", AT_REMOVEDIR), 0);
	CHECK(sys_getdents64(fd, text, sizeof(text)) < 0);
	sys_close(fd);
	CHECK_INT(rmdir(directory), 0);
}

TEST(memory)
{
	size_t size = 8192;
	char *p = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != NULL);
	p[8191] = 1;
	CHECK_INT(sys_madvise(p, size, MADV_DONTNEED), 0);
	CHECK_INT(p[8191], 0);
	CHECK_INT(sys_mprotect(p, size, PROT_NONE), 0);
	CHECK_INT(sys_write(2, p, 1), -EFAULT);
	CHECK_INT(sys_munmap(p, size), 0);
	CHECK_INT(sys_madvise(p, size, MADV_DONTNEED), -ENOMEM);
}

TEST(identity)
{
	CHECK_INT(sys_getpid(), getpid());
	CHECK_INT(sys_getppid(), getppid());
	CHECK_INT(sys_gettid(), getpid());
	CHECK_INT(sys_geteuid(), geteuid());
	CHECK_INT(sys_kill(getpid(), 0), 0);
}

TEST(sockets)
{
	struct sockaddr_un address;
	uint32_t size = sizeof(address);
	int pair[2], type = 0;
	uint32_t type_size = sizeof(type);

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK_INT(
		sys_getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &type_size),
		0);
	CHECK_INT(type, SOCK_STREAM);
	CHECK_INT(sys_getsockname(pair[0], &address, &size), 0);
	CHECK_INT(address.sun_family, AF_UNIX);
	size = sizeof(address);
	CHECK_INT(sys_getpeername(pair[0], &address, &size), 0);
}

static uint32_t word;

static void *wake(void *arg)
{
	(void)arg;
	store_relaxed(&word, 1);
	while (sys_futex_wake(&word, 1) == 0)
		;
	return NULL;
}

TEST(futexes)
{
	struct timespec none = { 0 };
	pthread_t thread;

	CHECK_INT(sys_futex_wait(&word, 1, NULL), -EAGAIN);
	CHECK_INT(sys_futex_wait(&word, 0, &none), -ETIMEDOUT);
	CHECK_INT(sys_futex_wake(&word, 1), 0);
	word = 1;
	CHECK_INT(pthread_create(&thread, NULL, wake, NULL), 0);
	CHECK_INT(sys_futex_wait(&word, 1, NULL), 0);
	pthread_join(thread, NULL);
}

static int reading = -1;

static void *read_raw(void *arg)
{
	char c;

	(void)arg;
	CHECK_INT(sys_read(reading, &c, 1), 1);
	return &word;
}

/* A thread that is cancelled leaves no call of ours. */
TEST(calls_are_no_cancellation_points)
{
	pthread_t thread;
	void *result;
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	reading = ends[0];
	CHECK_INT(pthread_create(&thread, NULL, read_raw, NULL), 0);
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK_INT(write(ends[1], "x", 1), 1);
	pthread_join(thread, &result);
	CHECK(result == &word);
}
