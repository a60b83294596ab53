/* test_clock.c - our nanoseconds against the kernel's. */
#include "base/clock.h"

#include "base/sys.h"
#include "base/vdso.h"
#include "test.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#define SAMPLES 200
/* Far more than the error, far less than a wrong scale would make of it. */
#define ERROR_NS 50000
#define THREADS 2

static uint64_t kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void pass(uint64_t ns)
{
	uint64_t until = kernel_ns() + ns;

	while (kernel_ns() < until)
		clock_ns();
}

/* How far ours lies outside what the kernel said before and after; whatever
 * interrupts us in between only makes that wider. */
static uint64_t error_now(void)
{
	uint64_t before = kernel_ns(), ours = clock_ns(), after = kernel_ns();

	if (ours < before)
		return before - ours;
	return ours > after ? ours - after : 0;
}

static void check_follows(void)
{
	int i;

	for (i = 0; i < SAMPLES; i++) {
		uint64_t error = error_now();

		if (error >= ERROR_NS)
			CHECK_INT(error, 0);
		pass(1000000);
	}
}

/* Until it says what the kernel says; hangs if it never does. */
static void await_agreement(void)
{
	uint64_t before = clock_ns(), now;

	while (error_now() >= ERROR_NS) {
		now = clock_ns();
		CHECK(now >= before);
		before = now;
	}
}

static bool kernel_uses_tsc(void)
{
	char name[16] = "";
	int fd = sys_open("/sys/devices/system/clocksource/clocksource0/"
			  "current_clocksource",
			  0, 0);

	if (fd < 0)
		return false;
	sys_read(fd, name, sizeof(name) - 1);
	sys_close(fd);
	return strcmp(name, "tsc\n") == 0;
}

static void need_tsc(void)
{
	if (!kernel_uses_tsc())
		SKIP("the kernel's clock source is not the TSC");
	clock_init();
	while (!clock_scale_now)
		clock_ns();
}

TEST(works_before_init)
{
	CHECK(error_now() < ERROR_NS);
	CHECK(clock_wall_ns() > 1600000000000000000u);
}

TEST(follows_the_kernel)
{
	clock_init();
	check_follows();
}

TEST(uses_the_tsc_where_the_kernel_does)
{
	if (kernel_uses_tsc()) {
		need_tsc();
		return;
	}
	clock_init();
	pass(10000000);
	CHECK(clock_scale_now == NULL);
}

/* The last value any thread has seen, taken before the clock is read again. */
static uint64_t latest;

static void *never_back(void *arg)
{
	uint64_t until = kernel_ns() + 150000000, seen, now;

	(void)arg;
	do {
		seen = __atomic_load_n(&latest, __ATOMIC_SEQ_CST);
		/* A counter may be read before a load in front of it is done,
		 * which takes as long as another processor keeps the line. */
#if defined(__x86_64__)
		__builtin_ia32_lfence();
#endif
		now = clock_ns();
		/* Two processors' counters agree to some nanoseconds only. */
		if (now + 1000 < seen)
			CHECK_INT(now, seen);
		__atomic_store_n(&latest, now, __ATOMIC_SEQ_CST);
		seen = clock_ns();
		CHECK(seen >= now);
	} while (now < until);
	return NULL;
}

TEST(never_goes_back)
{
	pthread_t threads[THREADS];
	int i;

	clock_init();
	for (i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, never_back, NULL),
			  0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(latest > 0);
}

TEST(finds_back_when_ahead)
{
	need_tsc();
	clock_scale_now->base_ns += 20000000;
	await_agreement();
	CHECK(clock_scale_now != NULL);
}

TEST(finds_back_when_behind)
{
	need_tsc();
	clock_scale_now->base_ns -= 20000000;
	await_agreement();
	CHECK(clock_scale_now != NULL);
}

TEST(finds_back_from_a_wrong_scale)
{
	need_tsc();
	clock_scale_now->scale += clock_scale_now->scale / 8;
	pass(20000000);
	await_agreement();
	CHECK(clock_scale_now != NULL);
}

/* Slots come round. */
TEST(steers_for_ever)
{
	int i;

	need_tsc();
	for (i = 0; i < 100; i++) {
		clock_scale_now->span = 0;
		pass(500000);
		CHECK(clock_scale_now != NULL);
	}
	CHECK(error_now() < ERROR_NS);
}

TEST(follows_in_a_fork_child)
{
	int status = -1;
	pid_t pid;

	clock_init();
	pass(10000000);
	pid = fork();
	if (pid == 0) {
		CHECK(error_now() < ERROR_NS);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

/* After clock_degrade() the processor may forbid the TSC to us. */
TEST(degraded_reads_no_tsc)
{
#if defined(__x86_64__)
	uint64_t before, after, start;

	clock_init();
	pass(10000000);
	before = clock_ns();
	clock_degrade();
	CHECK_INT(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0), 0);
	after = start = clock_ns();
	CHECK(after >= before);
	/* Coarse, but it moves: the test hangs if it does not. */
	while (after < start + 20000000) {
		uint64_t now = clock_ns();

		CHECK(now >= after);
		after = now;
	}
	CHECK(clock_wall_ns() > 1600000000000000000u);
	clock_degrade();
	CHECK(clock_ns() >= after);
#else
	SKIP("no TSC on this processor");
#endif
}

TEST(a_process_born_without_tsc_does_not_read_it)
{
#if defined(__x86_64__)
	CHECK_INT(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0), 0);
	clock_init();
	CHECK(clock_ns() > 0);
	CHECK(clock_scale_now == NULL);
#else
	SKIP("no TSC on this processor");
#endif
}

/* To the last ns: years of ticks, and rates from 43 THz down to 10 MHz. */
TEST(scaled_is_rounded_down)
{
	const uint64_t ticks[] = { 0,
				   1,
				   2,
				   0xffffffff,
				   0x100000001,
				   5192260000,
				   ((uint64_t)1 << 56) - 1 };
	size_t i;
	int bits;

	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		CHECK(clock_scaled(ticks[i], CLOCK_SCALE_ONE) == ticks[i]);
		for (bits = 40; bits < 63; bits++) {
			uint64_t scale = 3 * ((uint64_t)1 << (bits - 1)) + 1;

			CHECK(clock_scaled(ticks[i], scale) ==
			      (uint64_t)((unsigned __int128)ticks[i] * scale >>
					 CLOCK_SCALE_BITS));
		}
	}
}

TEST(vdso_is_found)
{
	vdso_clock_gettime *fn = vdso_find_clock_gettime();
	struct timespec ts;

	if (!fn)
		SKIP("the kernel maps no vDSO");
	CHECK_INT(fn(CLOCK_MONOTONIC, &ts), 0);
	CHECK((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec <=
	      kernel_ns());
	CHECK(fn(12345, &ts) < 0);
}
