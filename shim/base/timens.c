/*
 * timens.c - clocks as the machine counts them.
 */
#include "base/timens.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/proc.h"
#include "base/sys.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#define SECOND_NS 1000000000

/* The one in which the machine was booted. */
static const char initial[] = "time:[4026531834]";

static struct {
	bool known;
	int64_t boottime, monotonic;
} own;

/* "boottime  -100  500000000": seconds, and ns to be added. */
static int64_t read_line(const char *text, const char *clock)
{
	const char *at = strstr(text, clock);
	uint64_t seconds, ns;
	bool is_negative;

	if (!at)
		return 0;
	at += strlen(clock);
	at += strspn(at, " ");
	is_negative = *at == '-';
	at += is_negative;
	if (!parse_u64(at, strcspn(at, " "), &seconds) ||
	    seconds > INT64_MAX / SECOND_NS / 2)
		return 0;
	at += strcspn(at, " ");
	at += strspn(at, " ");
	if (!parse_u64(at, strcspn(at, "\n"), &ns) || ns >= SECOND_NS)
		return 0;
	return (is_negative ? -(int64_t)seconds : (int64_t)seconds) *
		       SECOND_NS +
	       (int64_t)ns;
}

static bool read_link(const char *path, char *text, size_t size)
{
	ssize_t length = sys_readlink(path, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* What the file says is of the namespace of children to come. */
static void read_offsets(char *text, size_t size)
{
	char here[64], children[64];
	ssize_t length;
	int fd;

	text[0] = '\0';
	if (!read_link("/proc/self/ns/time", here, sizeof(here)) ||
	    strcmp(here, initial) == 0 ||
	    !read_link("/proc/self/ns/time_for_children", children,
		       sizeof(children)) ||
	    strcmp(here, children) != 0)
		return;
	fd = sys_open("/proc/self/timens_offsets", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	length = sys_read(fd, text, size - 1);
	sys_close(fd);
	text[length > 0 ? length : 0] = '\0';
}

static void look(void)
{
	char text[256];

	/* Pairs with the store below. */
	if (load_acquire(&own.known))
		return;
	read_offsets(text, sizeof(text));
	store_relaxed(&own.boottime, read_line(text, "boottime"));
	store_relaxed(&own.monotonic, read_line(text, "monotonic"));
	/* Pairs with the load above. */
	store_release(&own.known, true);
}

void timens_after_fork(void)
{
	store_relaxed(&own.known, false);
}

uint64_t timens_boottime(void)
{
	struct timespec now = { 0 };

	look();
	sys_clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)((int64_t)now.tv_sec * SECOND_NS + now.tv_nsec -
			  load_relaxed(&own.boottime));
}

uint64_t timens_start(uint64_t ticks)
{
	int64_t ns;

	look();
	ns = (int64_t)(ticks * PROC_TICK_NS) - load_relaxed(&own.boottime);
	/* Of the first tick of all. */
	return ns > 0 ? (uint64_t)ns : 0;
}

int64_t timens_monotonic(void)
{
	look();
	return load_relaxed(&own.monotonic);
}

uint64_t timens_boot(void)
{
	static uint64_t boot;
	uint64_t number = load_relaxed(&boot);
	char text[64], *at;

	if (number)
		return number;
	proc_read(0, "sys/kernel/random/boot_id", text, sizeof(text));
	for (at = text; *at; at++)
		number = hash_mix(number, (uint8_t)*at);
	store_relaxed(&boot, number);
	return number;
}
