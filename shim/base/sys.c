/*
 * sys.c - the system calls themselves, in assembly.
 *
 * libc's syscall() would set errno and is a symbol that the host may replace.
 * Nothing here knows what a call is used for.
 */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CALL0(n) sys_call(SYS_##n, 0, 0, 0, 0, 0, 0)
#define CALL1(n, a) sys_call(SYS_##n, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(n, a, b) sys_call(SYS_##n, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(n, a, b, c)                                                      \
	sys_call(SYS_##n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(n, a, b, c, d)                                                   \
	sys_call(SYS_##n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

#if defined(__x86_64__)
long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "no system calls for this processor yet"
#endif

int sys_openat(int dir, const char *path, int flags, unsigned int mode)
{
	return (int)CALL4(openat, dir, path, flags, mode);
}

int sys_open(const char *path, int flags, unsigned int mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

int sys_close(int fd)
{
	return (int)CALL1(close, fd);
}

ssize_t sys_read(int fd, void *buf, size_t size)
{
	return CALL3(read, fd, buf, size);
}

ssize_t sys_pread(int fd, void *buf, size_t size, uint64_t offset)
{
	return CALL4(pread64, fd, buf, size, offset);
}

ssize_t sys_write(int fd, const void *buf, size_t size)
{
	return CALL3(write, fd, buf, size);
}

int sys_fstat(int fd, struct stat *st)
{
	return (int)CALL2(fstat, fd, st);
}

int sys_fallocate(int fd, uint64_t offset, uint64_t size)
{
	return (int)CALL4(fallocate, fd, 0, offset, size);
}

int sys_ftruncate(int fd, uint64_t size)
{
	return (int)CALL2(ftruncate, fd, size);
}

int sys_flock(int fd, int operation)
{
	return (int)CALL2(flock, fd, operation);
}

int sys_mkdir(const char *path, unsigned int mode)
{
	return (int)CALL3(mkdirat, AT_FDCWD, path, mode);
}

int sys_unlinkat(int dir, const char *path, int flags)
{
	return (int)CALL3(unlinkat, dir, path, flags);
}

ssize_t sys_getdents64(int fd, void *buf, size_t size)
{
	return CALL3(getdents64, fd, buf, size);
}

ssize_t sys_readlink(const char *path, char *buf, size_t size)
{
	return CALL4(readlinkat, AT_FDCWD, path, buf, size);
}

#if defined(__SANITIZE_THREAD__)
/* By the C library, so that it sees that memory is new, whoever had other
 * memory at that address before. */
void *sys_mmap(void *addr, size_t size, int prot, int flags, int fd,
	       uint64_t offset)
{
	int saved = errno;
	void *memory = mmap(addr, size, prot, flags, fd, (off_t)offset);

	errno = saved;
	return memory == MAP_FAILED ? NULL : memory;
}

int sys_munmap(void *addr, size_t size)
{
	int saved = errno, error = munmap(addr, size) ? -errno : 0;

	errno = saved;
	return error;
}
#else
void *sys_mmap(void *addr, size_t size, int prot, int flags, int fd,
	       uint64_t offset)
{
	long ret = sys_call(SYS_mmap, (long)addr, (long)size, prot, flags, fd,
			    (long)offset);

	return ret < 0 && ret >= -4095 ? NULL : (void *)ret;
}

int sys_munmap(void *addr, size_t size)
{
	return (int)CALL2(munmap, addr, size);
}
#endif

int sys_madvise(void *addr, size_t size, int advice)
{
	return (int)CALL3(madvise, addr, size, advice);
}

int sys_mprotect(void *addr, size_t size, int prot)
{
	return (int)CALL3(mprotect, addr, size, prot);
}

int sys_getpid(void)
{
	return (int)CALL0(getpid);
}

int sys_getppid(void)
{
	return (int)CALL0(getppid);
}

int sys_gettid(void)
{
	return (int)CALL0(gettid);
}

unsigned int sys_geteuid(void)
{
	return (unsigned int)CALL0(geteuid);
}

int sys_kill(int pid, int sig)
{
	return (int)CALL2(kill, pid, sig);
}

int sys_futex_wait(uint32_t *word, uint32_t val, const struct timespec *timeout)
{
	return (int)CALL4(futex, word, FUTEX_WAIT_PRIVATE, val, timeout);
}

int sys_futex_wake(uint32_t *word, int count)
{
	return (int)CALL3(futex, word, FUTEX_WAKE_PRIVATE, count);
}

int sys_getsockopt(int fd, int level, int name, void *value, uint32_t *size)
{
	return (int)sys_call(SYS_getsockopt, fd, level, name, (long)value,
			     (long)size, 0);
}

int sys_getpeername(int fd, void *addr, uint32_t *size)
{
	return (int)CALL3(getpeername, fd, addr, size);
}

int sys_getsockname(int fd, void *addr, uint32_t *size)
{
	return (int)CALL3(getsockname, fd, addr, size);
}

int sys_clock_gettime(int clock, struct timespec *ts)
{
	return (int)CALL2(clock_gettime, clock, ts);
}
