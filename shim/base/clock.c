/*
 * clock.c - which clock is read, and reading the kernel's.
 *
 * The scale of the TSC is kept by clock_tsc.c.
 */
#include "base/clock.h"

#include "base/clock_tsc.h"
#include "base/sys.h"
#include "base/vdso.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

/* By how much other threads may be ahead of the one that calls
 * clock_degrade(): time stands still for that long rather than going back. */
#define DEGRADE_MARGIN_NS 1000

enum clock_mode {
	CLOCK_VDSO,
	CLOCK_TSC,
	CLOCK_COARSE, /* nothing that reads the TSC, the vDSO's included */
};

static uint32_t mode;
static uint64_t floor_ns; /* never before this */
static vdso_clock_gettime *vdso;

static uint64_t read_clock(int clock)
{
	struct timespec ts = { 0 };

	if (!vdso || vdso(clock, &ts) < 0)
		sys_clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t not_before_floor(uint64_t ns)
{
	uint64_t floor = load_relaxed(&floor_ns);

	return ns < floor ? floor : ns;
}

/* Without a vDSO it would be a system call, and under strict seccomp that is
 * death: then time stands still. */
static uint64_t read_coarse(int clock, uint64_t otherwise)
{
	struct timespec ts;

	if (!vdso || vdso(clock, &ts) < 0)
		return otherwise;
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clock_kernel(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

COLD uint64_t clock_slow(void)
{
	/* Pairs with clock_degrade(). */
	uint32_t m = load_acquire(&mode);
	uint64_t now;

	if (m == CLOCK_COARSE)
		return not_before_floor(read_coarse(CLOCK_MONOTONIC_COARSE, 0));
	now = clock_kernel();
	if (m == CLOCK_TSC) {
		clock_tsc_begin(now);
		/* Once there is a scale, only what it says is returned: it may
		 * be some nanoseconds ahead. */
		if (load_relaxed(&clock_scale_now))
			return clock_steer();
	}
	return not_before_floor(now);
}

void clock_give_up(uint64_t floor)
{
	uint32_t expected = CLOCK_TSC;

	store_relaxed(&floor_ns, floor);
	/* Pairs with clock_slow(): the floor is there before it is needed. */
	__atomic_compare_exchange_n(&mode, &expected, CLOCK_VDSO, false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	clock_tsc_end();
}

void clock_degrade(void)
{
	if (load_relaxed(&mode) == CLOCK_COARSE)
		return;
	store_relaxed(&floor_ns, clock_ns() + DEGRADE_MARGIN_NS);
	/* Pairs with clock_slow(). */
	store_release(&mode, CLOCK_COARSE);
	clock_tsc_end();
}

#if defined(__x86_64__)
static bool kernel_uses_tsc(void)
{
	static const char path[] = "/sys/devices/system/clocksource/"
				   "clocksource0/current_clocksource";
	char text[8];
	ssize_t length;
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return false;
	length = sys_read(fd, text, sizeof(text));
	sys_close(fd);
	return length == 4 && memcmp(text, "tsc\n", 4) == 0;
}

static bool tsc_is_forbidden(void)
{
	int state = PR_TSC_ENABLE;

	return sys_call(SYS_prctl, PR_GET_TSC, (long)&state, 0, 0, 0, 0) == 0 &&
	       state != PR_TSC_ENABLE;
}

void clock_begin(void)
{
	vdso = vdso_find_clock_gettime();
	if (tsc_is_forbidden())
		mode = CLOCK_COARSE;
}

void clock_use_tsc(void)
{
	uint32_t expected = CLOCK_VDSO;

	if (load_relaxed(&mode) != CLOCK_VDSO || !kernel_uses_tsc())
		return;
	clock_tsc_init();
	/* Pairs with clock_slow(); not after clock_degrade(). */
	__atomic_compare_exchange_n(&mode, &expected, CLOCK_TSC, false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}
#else
void clock_begin(void)
{
	vdso = vdso_find_clock_gettime();
}

void clock_use_tsc(void)
{
}
#endif

void clock_init(void)
{
	clock_begin();
	clock_use_tsc();
}

uint64_t clock_wall_ns(void)
{
	if (load_relaxed(&mode) == CLOCK_COARSE)
		return read_coarse(CLOCK_REALTIME_COARSE, 0);
	return read_clock(CLOCK_REALTIME);
}
