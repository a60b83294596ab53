/*
 * exporter_sleep.c - how the exporter's thread waits, and how it is woken.
 *
 * Without descriptors it waits on a futex.  With some, in ppoll(), where a host
 * thread cannot reach it by a descriptor: the two have tables of their own.
 * So it is sent a signal that it blocks for ever, and that nobody else uses; it
 * never is delivered, but a signalfd sees it.  That takes one system call, no
 * descriptor of the host, no /proc, and works after chroot() and setuid().
 */
#include "runtime/exporter_sleep.h"

#include "base/clock.h"
#include "base/sys.h"
#include "runtime/descriptors.h"
#include "runtime/exporter.h"
#include "runtime/exporter_thread.h"
#include "runtime/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>

/* Of a coprocessor that nobody has.  A queued signal that is not pending for
 * this thread is always the host's own doing, and stays where it is. */
#define WAKE_SIGNAL SIGSTKFLT
#define NO_WAKE (250 * MS) /* between looks where nothing can wake it */

static struct {
	int fd; /* the signalfd, -1: there is none; valid if tried */
	bool tried;
} wake;

static struct timespec *until(uint64_t end, struct timespec *ts)
{
	uint64_t now = clock_ns(), left = end > now ? end - now : 0;

	if (end == UINT64_MAX)
		return NULL;
	ts->tv_sec = (time_t)(left / 1000000000);
	ts->tv_nsec = (long)(left % 1000000000);
	return ts;
}

/* The acquire pairs with the release of whoever changes the word. */
bool exporter_wait(uint32_t *word, uint32_t value, uint64_t end)
{
	struct timespec ts;

	while (load_acquire(word) == value) {
		if (end != UINT64_MAX && clock_ns() >= end)
			return false;
		sys_futex_wait(word, value, until(end, &ts));
	}
	return true;
}

void exporter_set(uint32_t *word, uint32_t value)
{
	store_release(word, value); /* pairs with exporter_wait() */
	sys_futex_wake(word, INT32_MAX);
}

void exporter_post(uint32_t request)
{
	/* Pairs with exporter_wait() and exporter_run(): what was set before is
	 * seen by whoever sees the request.  And pairs with poll_for(): one of
	 * the two sees what the other has written. */
	__atomic_fetch_or(&exporter.request, request, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&exporter.polling, __ATOMIC_SEQ_CST))
		sys_call(SYS_tgkill, sys_getpid(), load_relaxed(&exporter.tid),
			 WAKE_SIGNAL, 0, 0, 0);
	else
		sys_futex_wake(&exporter.request, 1);
}

/* In a table that is the host's it would be one more descriptor that the host
 * can close or replace. */
static int wake_descriptor(void)
{
	uint64_t mask = 1ull << (WAKE_SIGNAL - 1);

	if (!wake.tried && descriptors_are_separate())
		wake.fd = (int)sys_call(SYS_signalfd4, -1, (long)&mask,
					sizeof(mask),
					SFD_CLOEXEC | SFD_NONBLOCK, 0, 0);
	else if (!wake.tried)
		wake.fd = -ENOTSUP;
	wake.tried = true;
	return wake.fd;
}

/* Takes ours.  One that was sent to the whole process, and that nobody there
 * wants, would end every wait from now on. */
static void take_signal(void)
{
	struct signalfd_siginfo info;

	if (sys_read(wake.fd, &info, sizeof(info)) != sizeof(info) ||
	    info.ssi_code == SI_TKILL)
		return;
	sys_kill(sys_getpid(), WAKE_SIGNAL);
	sys_close(wake.fd);
	wake.fd = -1;
}

static void poll_for(struct pollfd *fds, int count, uint64_t when)
{
	struct timespec ts;
	uint64_t now = clock_ns();

	fds[0] = (struct pollfd){ .fd = wake_descriptor(), .events = POLLIN };
	if (fds[0].fd < 0 && when > now + NO_WAKE)
		when = now + NO_WAKE;
	/* Pairs with exporter_post(), both. */
	__atomic_store_n(&exporter.polling, true, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&exporter.request, __ATOMIC_SEQ_CST) == 0 &&
	    sys_call(SYS_ppoll, (long)fds, count, (long)until(when, &ts), 0, 8,
		     0) <= 0)
		count = 0;
	store_relaxed(&exporter.polling, false);
	if (count && fds[0].revents)
		take_signal();
}

void exporter_sleep(uint64_t when)
{
	struct pollfd *fds;
	int i, count;

	for (;;) {
		uint64_t end = when;

		count = serve_gather(&fds, &end);
		for (i = 0; i < count; i++)
			fds[i].revents = 0;
		descriptors_give_back();
		if (count > 1)
			poll_for(fds, count, end);
		else
			exporter_wait(&exporter.request, 0, end);
		descriptors_borrow();
		/* Pairs with exporter_post(). */
		if (load_acquire(&exporter.request))
			return;
		serve_ready(clock_ns());
		if (clock_ns() >= when || exporter_is_hosted())
			return;
	}
}

void exporter_sleep_on(int fd, uint64_t when)
{
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = fd } };

	descriptors_give_back();
	if (fd >= 0)
		poll_for(fds, 2, when);
	else
		exporter_wait(&exporter.request, 0, when);
	descriptors_borrow();
}

void exporter_sleep_forget(void)
{
	wake.tried = false;
	store_relaxed(&exporter.polling, false);
}
