/*
 * group_holder.c - finds the group's lock among all of the kernel.
 */
#include "runtime/group_holder.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/proc.h"
#include "base/segment.h"
#include "base/sys.h"
#include "runtime/members.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define LOCKS_SIZE (256u << 10) /* more of them are not looked at */

static void put_byte(struct buf *b, unsigned int value)
{
	if (value < 16)
		buf_char(b, '0');
	buf_hex(b, value);
}

/* " 00:1a:98765 ", as the kernel writes it. */
static bool name_file(struct buf *b)
{
	char path[MEMBERS_PATH];
	struct buf to = BUF(path);
	struct stat st;

	buf_printf(&to, "%s/lock", segment_directory());
	if (sys_call(SYS_newfstatat, AT_FDCWD, (long)path, (long)&st, 0, 0, 0))
		return false;
	buf_char(b, ' ');
	put_byte(b, major(st.st_dev));
	buf_char(b, ':');
	put_byte(b, minor(st.st_dev));
	buf_char(b, ':');
	buf_u64(b, st.st_ino);
	buf_char(b, ' ');
	return true;
}

/* "1: FLOCK  ADVISORY  WRITE 4711 00:1a:98765 0 EOF": the number in front of
 * the file. */
static uint64_t holder_of(const char *text, const char *file)
{
	const char *at = strstr(text, file), *digits = at;
	uint64_t pid = 0;

	while (digits && digits > text && digits[-1] >= '0' &&
	       digits[-1] <= '9')
		digits--;
	if (digits == at || !parse_u64(digits, (size_t)(at - digits), &pid))
		return 0;
	return pid;
}

int group_lock_holder(void)
{
	char *locks = arena_pages(LOCKS_SIZE, ARENA_PLAIN);
	char name[64];
	struct buf file = BUF(name);
	uint64_t pid = 0;

	if (!locks)
		return 0;
	if (name_file(&file) && proc_read(0, "locks", locks, LOCKS_SIZE) > 0)
		pid = holder_of(locks, name);
	arena_pages_free(locks, LOCKS_SIZE);
	return (int)pid;
}
