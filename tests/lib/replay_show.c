/*
 * replay_show.c - the transcript of a snippet: text without stdio and
 * allocation, written into shared memory.  Does not decide what is shown.
 */
#include "replay_run.h"

#include <sys/syscall.h>
#include <time.h>

__thread struct channel *replay_out;
__thread int replay_index;

static struct channel *channel(void)
{
	return replay_out ? replay_out : &replay.shared->channels[0];
}

static void put(const char *bytes, size_t length)
{
	struct channel *out = channel();

	if (length > CHANNEL_SIZE - out->length) {
		out->truncated = 1;
		return;
	}
	memcpy(out->text + out->length, bytes, length);
	out->length += (uint32_t)length;
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

static void put_number(long value)
{
	unsigned long rest =
		value < 0 ? 0UL - (unsigned long)value : (unsigned long)value;
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	put(digits + at, sizeof(digits) - at);
}

/* Nothing when errno is as it was before the call. */
static void put_errno(int error)
{
	const char *name = strerrorname_np(error);

	if (error != MARK) {
		put_text(" errno=");
		if (name)
			put_text(name);
		else
			put_number(error);
	}
	put_text("\n");
}

static void put_call(const char *what)
{
	put_text(what);
	put_text(" = ");
}

void show_number(const char *what, long value, int error)
{
	put_call(what);
	put_number(value);
	put_errno(error);
}

/* Which number it is depends on the other threads, if there are any. */
void show_fd(const char *what, int fd, int error)
{
	put_call(what);
	if (fd >= 0 && replay.mode == MODE_THREADS)
		put_text("a descriptor");
	else
		put_number(fd);
	put_errno(error);
}

void show_pointer(const char *what, const void *pointer, int error)
{
	put_call(what);
	put_text(pointer ? "not NULL" : "NULL");
	put_errno(error);
}

void show(const char *what, long value)
{
	show_number(what, value, MARK);
}

void show_text(const char *what, const char *text)
{
	put_call(what);
	put_text(text ? text : "NULL");
	put_text("\n");
}

void show_bytes(const char *what, const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	static const char hex[] = "0123456789abcdef";
	size_t i;

	put_call(what);
	for (i = 0; i < length; i++) {
		char text[4] = { '\\', hex[byte[i] >> 4], hex[byte[i] & 15] };

		if (byte[i] >= ' ' && byte[i] < 127)
			put((const char *)byte + i, 1);
		else
			put(text, 3);
	}
	put_text("\n");
}

void show_status(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			show_text("child", "cannot be waited for");
			return;
		}
	if (WIFSIGNALED(status)) {
		put_text("child killed by SIG");
		put_text(sigabbrev_np(WTERMSIG(status)));
	} else {
		put_text("child exited ");
		put_number(WEXITSTATUS(status));
	}
	put_text("\n");
}

static long count_threads(void)
{
	char text[1024];
	char *field;
	long fd = syscall(SYS_open, "/proc/self/stat", O_RDONLY, 0);
	long length = syscall(SYS_read, fd, text, sizeof(text) - 1);
	int i;

	syscall(SYS_close, fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	/* num_threads is the 18th field after the name in parentheses. */
	field = strrchr(text, ')');
	for (i = 0; i < 18 && field; i++)
		field = strchr(field + 1, ' ');
	return field ? atol(field) : -1;
}

/* A thread that was joined may take a moment to disappear. */
static void show_threads(void)
{
	struct timespec moment = { 0, 1000000 };
	long count = count_threads();
	int tries;

	for (tries = 0; tries < 200 && count > 1; tries++) {
		syscall(SYS_nanosleep, &moment, NULL);
		count = count_threads();
	}
	show("threads", count);
}

static char noted[1024]; /* descriptors that were open before the snippet */

void replay_note_descriptors(void)
{
	int fd;

	for (fd = 0; fd < 1024; fd++)
		noted[fd] = syscall(SYS_fcntl, fd, F_GETFD) >= 0;
}

static void show_descriptors(void)
{
	int fd, is_open;

	for (fd = 0; fd < 1024; fd++) {
		is_open = syscall(SYS_fcntl, fd, F_GETFD) >= 0;
		if (is_open && !noted[fd])
			show("left open", fd);
		if (!is_open && noted[fd])
			show("closed", fd);
	}
}

void replay_show_rest(void)
{
	unsigned long mask = 0;

	/* After exhaust() they are all taken. */
	if (replay.mode != MODE_FULL)
		show_descriptors();
	show_threads();
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask));
	show("blocked signals", (long)mask);
}
