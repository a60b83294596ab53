/*
 * standby.c - takes over when the exporter ends, however it ends.
 *
 * Waits without waking up: poll() on a FIFO whose reader is the exporter.  In a
 * process whose descriptors the host may close it looks a few times a second.
 */
#include "runtime/standby.h"

#include "base/clock.h"
#include "base/segment_file.h"
#include "base/sys.h"
#include "runtime/descriptors.h"
#include "runtime/exporter_thread.h"
#include "runtime/group_lock.h"
#include "runtime/members.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#define PAUSE_FIRST MS /* while the lock changes hands; doubled up to this: */
#define PAUSE_LAST (64 * MS)
#define TAKE_TRIES 5
#define BLIND (250 * MS)       /* where poll() cannot be trusted */
#define CHECK_FIRST (200 * MS) /* the exporter without a standby; up to this: */
#define CHECK_LAST (60000 * MS)
#define CHECK_AGAIN (10000 * MS) /* with one */
#define CALLED_FIRST 8		 /* so many processes, twice as many next */

static struct {
	uint64_t next, pause; /* of standby_check() */
	uint32_t attempt;
} check;

/* ---- the one that waits -------------------------------------------------- */

static bool is_called_off(void)
{
	/* Pairs with exporter_post(); a look is nothing to this state. */
	uint32_t request = __atomic_and_fetch(
		&exporter.request, ~(uint32_t)REQUEST_LOOK, __ATOMIC_ACQUIRE);

	return request != 0;
}

/* `error` is why the lock was not to be had. */
static void wait_once(int error, uint64_t *pause)
{
	int fd = error == -EBUSY ? group_standby_watch() : -ENXIO;
	uint64_t now = clock_ns(), end = UINT64_MAX;

	if (fd < 0) {
		end = now + (fd == -ENXIO ? *pause : BLIND);
		*pause = *pause < PAUSE_LAST ? *pause * 2 : PAUSE_LAST;
	} else {
		*pause = PAUSE_FIRST;
		if (!descriptors_are_separate())
			end = now + BLIND;
	}
	exporter_sleep_on(fd, end);
}

/* Somebody who asks whether there is one has the lock for a moment. */
static bool is_elected(void)
{
	static uint32_t never;
	int tries = TAKE_TRIES, error;

	while ((error = group_standby_take()) == -EWOULDBLOCK && tries--)
		exporter_wait(&never, 0, clock_ns() + MS);
	return !error;
}

bool standby_wait(void)
{
	uint64_t pause = PAUSE_FIRST;
	int error;

	if (!is_elected())
		return false;
	for (;;) {
		error = group_lock_take(GROUP_LOCK_LONG);
		if (error != -EBUSY && error != -EAGAIN)
			break;
		wait_once(error, &pause);
		if (is_called_off() || group_standby_take())
			break;
	}
	group_standby_drop();
	return !error;
}

/* ---- the one that is waited for ------------------------------------------ */

struct call {
	uint32_t self, left;
};

/* Its own word in its own segment, which it looks at before it looks at the
 * clock. */
static bool call_member(uint32_t pid, uint32_t n, void *arg)
{
	struct member member = { .pid = pid, .n = n };
	struct call *call = arg;
	char path[MEMBERS_PATH];
	uint64_t one = 1;
	int fd;

	if (pid == call->self || !members_look(&member) || !member.running)
		return true;
	members_path(path, sizeof(path), pid, n);
	fd = segment_file_open(AT_FDCWD, path, O_WRONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return true;
	sys_call(SYS_pwrite64, fd, (long)&one, sizeof(one),
		 offsetof(struct segment_header, called), 0, 0);
	sys_close(fd);
	return --call->left > 0;
}

uint64_t standby_check(uint64_t now)
{
	struct call call = { (uint32_t)sys_getpid(), CALLED_FIRST };

	if (now < check.next)
		return check.attempt ? check.next : UINT64_MAX;
	if (!check.pause) {
		/* The others may have seen no exporter so far. */
		check.pause = CHECK_FIRST;
		check.attempt = 1;
	} else if (group_standby_is_taken()) {
		check.next = now + CHECK_AGAIN;
		check.pause = CHECK_FIRST;
		check.attempt = 0;
		return UINT64_MAX;
	} else {
		call.left <<= check.attempt < 16 ? check.attempt : 16;
		members_scan(call_member, &call);
		check.attempt++;
		check.pause *= 2;
	}
	check.next = now + check.pause;
	if (check.pause <= CHECK_LAST)
		return check.next;
	/* Nobody is there to ask; whoever comes asks by itself. */
	check.pause = CHECK_LAST / 2;
	check.attempt = 0;
	return UINT64_MAX;
}

void standby_forget(void)
{
	check.next = check.pause = 0;
	check.attempt = 0;
}
