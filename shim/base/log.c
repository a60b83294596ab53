/*
 * log.c - lines for a person, each by one write.
 *
 * A line must never hurt the host: no signal comes of it, no descriptor stays,
 * and descriptor 2 is written to only while it is what a log would go to.
 */
#include "base/log.h"

#include "base/buf.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define LINE_MAX_BYTES 768
/* The kernel's signal set: one bit per signal. */
#define SIGNAL_BIT(n) ((uint64_t)1 << ((n)-1))
#define WRITE_SIGNALS                                                          \
	(SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGTTOU))

static enum log_level threshold = LOG_ERROR;
static const char *file;
/* What descriptor 2 was at the start. */
static uint64_t stderr_device, stderr_inode;

static void remember_stderr(void)
{
	struct stat st;

	/* Pairs with the store below: of two threads that come here first both
	 * find the same. */
	if (load_acquire(&stderr_inode) != 0 || sys_fstat(2, &st) < 0)
		return;
	store_relaxed(&stderr_device, st.st_dev);
	/* Pairs with the load above. */
	store_release(&stderr_inode, st.st_ino);
}

void log_set_level(enum log_level level)
{
	threshold = level;
	remember_stderr();
}

enum log_level log_get_level(void)
{
	return threshold;
}

void log_set_file(const char *path)
{
	file = path;
}

/* A daemon that closed all descriptors may have its database there by now.
 * What it did not start with has to look like a log. */
static bool stderr_is_safe(void)
{
	struct stat st;

	remember_stderr();
	if (sys_fstat(2, &st) < 0)
		return false;
	if (st.st_dev == load_relaxed(&stderr_device) &&
	    st.st_ino == load_relaxed(&stderr_inode))
		return true;
	if (S_ISREG(st.st_mode))
		return sys_call(SYS_fcntl, 2, F_GETFL, 0, 0, 0, 0) & O_APPEND;
	return S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode);
}

/* Takes back the signal that a failed write sent, unless one was waiting
 * already. */
static void take_back(ssize_t ret, uint64_t pending)
{
	int number = ret == -EPIPE ? SIGPIPE : ret == -EFBIG ? SIGXFSZ : 0;
	struct timespec zero = { 0 };
	uint64_t set;

	if (number == 0 || pending & SIGNAL_BIT(number))
		return;
	set = SIGNAL_BIT(number);
	sys_call(SYS_rt_sigtimedwait, (long)&set, 0, (long)&zero, sizeof(set),
		 0, 0);
}

static void write_quietly(int fd, const char *text, size_t length)
{
	uint64_t block = WRITE_SIGNALS, before = 0, pending = 0;
	ssize_t ret;

	sys_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&block, (long)&before,
		 sizeof(block), 0, 0);
	sys_call(SYS_rt_sigpending, (long)&pending, sizeof(pending), 0, 0, 0,
		 0);
	ret = sys_write(fd, text, length);
	take_back(ret, pending);
	sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0,
		 sizeof(before), 0, 0);
}

static void deliver(const char *text, size_t length)
{
	int fd;

	if (!file) {
		if (stderr_is_safe())
			write_quietly(2, text, length);
		return;
	}
	fd = sys_open(file,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			      O_NONBLOCK,
		      0600);
	if (fd < 0)
		return;
	write_quietly(fd, text, length);
	sys_close(fd);
}

/* Offending text is quoted in lines: it must not make two of them, nor drive
 * a terminal. */
static void make_plain(char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

void log_write(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char line[LINE_MAX_BYTES];
	struct buf buf;
	va_list args;

	if (level > threshold || (unsigned int)level >= ARRAY_SIZE(names))
		return;
	/* Room for what ends the line. */
	buf_init(&buf, line, sizeof(line) - 4);
	buf_printf(&buf, "telemetry[%d] %s: ", sys_getpid(), names[level]);
	va_start(args, format);
	buf_vprintf(&buf, format, &args);
	va_end(args);
	make_plain(line, buf.length);
	buf.size = sizeof(line);
	buf_str(&buf, buf.cut ? "...\n" : "\n");
	deliver(line, buf.length);
}
