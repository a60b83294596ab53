/*
 * clock.h - nanoseconds of CLOCK_MONOTONIC for the hot path.
 *
 * Where the kernel itself keeps time by the TSC, so do we: one rdtsc, a
 * multiplication and an addition, about 10 ns against 22 ns of the vDSO.  The
 * scale is measured against CLOCK_MONOTONIC while the process runs and steered
 * without jumps.  Anywhere else, and until the first measurement is good
 * enough, it is the vDSO.  clock_degrade() switches to the kernel's coarse
 * clock for good, before the host makes rdtsc a fatal instruction (PR_SET_TSC,
 * strict seccomp); the vDSO reads the TSC too.
 */
#ifndef SHIM_BASE_CLOCK_H
#define SHIM_BASE_CLOCK_H

#include "base/compiler.h"

/* ns = base_ns + (ticks - base_ticks) * scale, as long as fewer than `span`
 * ticks have gone by: then look at CLOCK_MONOTONIC again. */
struct clock_scale {
	uint64_t base_ticks; /* 0: being written, see clock.c */
	uint64_t base_ns;
	uint64_t scale; /* ns per tick, of CLOCK_SCALE_ONE */
	uint64_t span;
};

/* NULL while (or where) the TSC is not used. */
extern struct clock_scale *clock_scale_now HIDDEN;

uint64_t clock_slow(void);
uint64_t clock_steer(void);

/* So that the product is the upper half of a multiplication, without a shift
 * of two words, which is slow.  Ticks have 56 bits, 278 days at 3 GHz: they are
 * those of a span, and what comes out of more is not used. */
#define CLOCK_SCALE_BITS 56
#define CLOCK_SCALE_ONE ((uint64_t)1 << CLOCK_SCALE_BITS)

static inline uint64_t clock_scaled(uint64_t ticks, uint64_t scale)
{
	ticks <<= 64 - CLOCK_SCALE_BITS;
	return (uint64_t)(((unsigned __int128)ticks * scale) >> 64);
}

/* False: it takes longer this time, ask clock_ns(). */
static ALWAYS_INLINE bool clock_try(uint64_t *ns)
{
#if defined(__x86_64__)
	/* Pairs with publish() and fill() in clock_tsc.c. */
	const struct clock_scale *s = load_acquire(&clock_scale_now);
	uint64_t base, gone;

	if (unlikely(!s))
		return false;
	base = load_acquire(&s->base_ticks);
	gone = __builtin_ia32_rdtsc() - base;
	*ns = load_operand(&s->base_ns) +
	      clock_scaled(gone, load_operand(&s->scale));
	/* Not a tick before its time, nor one that another processor is behind
	 * by: both are large numbers.  The second look makes sure that all of
	 * it was one scale: this thread may have been stopped for any time in
	 * between. */
	if (unlikely(gone >= load_operand(&s->span)))
		return false;
	compiler_barrier();
	return likely(load_operand(&s->base_ticks) == base &&
		      load_operand(&clock_scale_now) == s);
#else
	(void)ns;
	return false;
#endif
}

static inline uint64_t clock_ns(void)
{
	uint64_t ns;

	return likely(clock_try(&ns)) ? ns : clock_steer();
}

/* Once, from the constructor: the vDSO. */
void clock_begin(void);
/* Once, after that: the TSC, if the kernel says so in a file. */
void clock_use_tsc(void);
/* Both. */
void clock_init(void);
/* For good; after that no rdtsc is executed. */
void clock_degrade(void);
/* CLOCK_REALTIME, ns since the epoch. */
uint64_t clock_wall_ns(void);

#endif
