/*
 * sys.h - raw system calls.
 *
 * Every call goes to the kernel directly: it is no cancellation point, it
 * never touches errno, and it cannot come back into one of our wrappers.
 * Results are the kernel's: a value >= 0, or -errno.
 */
#ifndef SHIM_BASE_SYS_H
#define SHIM_BASE_SYS_H

#include "base/compiler.h"

#include <sys/types.h>

struct stat;
struct timespec;
struct iovec;

long sys_call(long number, long a, long b, long c, long d, long e, long f);

int sys_open(const char *path, int flags, unsigned int mode);
int sys_openat(int dir, const char *path, int flags, unsigned int mode);
int sys_close(int fd);
ssize_t sys_read(int fd, void *buf, size_t size);
ssize_t sys_pread(int fd, void *buf, size_t size, uint64_t offset);
ssize_t sys_write(int fd, const void *buf, size_t size);
int sys_fstat(int fd, struct stat *st);
int sys_fallocate(int fd, uint64_t offset, uint64_t size);
int sys_ftruncate(int fd, uint64_t size);
int sys_flock(int fd, int operation);
int sys_mkdir(const char *path, unsigned int mode);
int sys_unlinkat(int dir, const char *path, int flags);
ssize_t sys_getdents64(int fd, void *buf, size_t size);
ssize_t sys_readlink(const char *path, char *buf, size_t size);
/* MAP_FAILED becomes NULL: there is nothing a caller does differently. */
void *sys_mmap(void *addr, size_t size, int prot, int flags, int fd,
	       uint64_t offset);
int sys_munmap(void *addr, size_t size);
int sys_madvise(void *addr, size_t size, int advice);
int sys_mprotect(void *addr, size_t size, int prot);
int sys_getpid(void);
int sys_getppid(void);
int sys_gettid(void);
unsigned int sys_geteuid(void);
int sys_kill(int pid, int sig);
/* val is compared by the kernel; timeout is relative, NULL waits for ever. */
int sys_futex_wait(uint32_t *word, uint32_t val,
		   const struct timespec *timeout);
int sys_futex_wake(uint32_t *word, int count);
int sys_getsockopt(int fd, int level, int name, void *value, uint32_t *size);
int sys_getpeername(int fd, void *addr, uint32_t *size);
int sys_getsockname(int fd, void *addr, uint32_t *size);
int sys_clock_gettime(int clock, struct timespec *ts);

#endif
