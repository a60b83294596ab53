/*
 * clock_tsc.c - the scale from ticks of the TSC to CLOCK_MONOTONIC.
 *
 * Readers never use a scale beyond its span, so all they have returned lies
 * below what it says at the end of the span.  The next scale starts there or
 * at what the kernel says, whichever is later: time never goes back, and any
 * error that built up while nobody looked (an idle hour, a suspended machine)
 * is gone at once.  If it starts ahead of the kernel, it is slowed down to
 * meet it at the end of the next span.
 *
 * There is no lock to lose.  Every thread that finds the span over makes a
 * scale of its own in a slot that it owns, and the first to publish wins.  A
 * slot belongs to somebody from claim() until its scale has been replaced, so
 * nobody ever writes to a slot that is published or written by another; one
 * whose owner was stopped for good is never used again, and with the last of
 * them the TSC is given up.
 *
 * A reader may be stopped between fetching the pointer and reading through it,
 * for so long that the slot is in use again.  It notices: base_ticks is 0
 * while a slot is written and different with each use, and clock_ns() looks at
 * it, and at the pointer, before and after.
 */
#include "base/clock_tsc.h"

#include "base/clock.h"

HOT_DATA struct clock_scale *clock_scale_now;

#if defined(__x86_64__)

#define SLOTS 32
#define FIRST_NS 2000000u /* before there is a first scale */
#define SPAN_MIN 4000000u /* ns */
#define SPAN_MAX 1000000000u
#define ERROR_NS 2000u	   /* more than this: look more often */
#define FRESH_NS 32000000u /* a scale is published sooner than that */
#define GAP_TICKS 6000u	   /* a reading that took longer is no good */
#define READINGS 3
#define READINGS_MAX 16
#define STRIKES 8 /* scales in a row that contradict the last one */

struct slot {
	struct clock_scale scale; /* first: what clock_scale_now points to */
	uint64_t rate;		  /* ns per tick as measured, likewise */
	uint64_t kernel_ns;	  /* CLOCK_MONOTONIC at base_ticks */
	uint64_t span_ns;
	uint32_t strikes;
	uint32_t owned;
} __attribute__((aligned(64)));

struct reading {
	uint64_t ticks, ns, gap;
};

enum outcome {
	PUBLISHED,
	BEATEN, /* by another thread */
	NO_SLOT,
};

static HOT_TABLE struct slot slots[SLOTS];
static uint32_t next_slot;
static struct reading first;
static uint32_t bad_starts;

/* The rate of so many ns in so many ticks, or the ticks of so many ns at a
 * rate. */
static uint64_t divide(uint64_t ns, uint64_t by)
{
	unsigned __int128 quotient =
		(unsigned __int128)ns * CLOCK_SCALE_ONE / by;

	return quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
}

/* Both clocks at the same time, as nearly as some attempts allow; more of them
 * if this thread was interrupted each time. */
static struct reading read_both(void)
{
	struct reading best = { .gap = UINT64_MAX };
	int i;

	for (i = 0; i < READINGS_MAX; i++) {
		uint64_t before = __builtin_ia32_rdtsc();
		uint64_t ns = clock_kernel();
		uint64_t gap = __builtin_ia32_rdtsc() - before;

		if (gap < best.gap) {
			best.ticks = before + gap / 2;
			best.ns = ns;
			best.gap = gap;
		}
		if (i + 1 >= READINGS && best.gap <= GAP_TICKS)
			break;
	}
	return best;
}

static struct slot *claim(void)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		struct slot *s = &slots[add_relaxed(&next_slot, 1) % SLOTS];
		uint32_t nobody = 0;

		/* Pairs with give_back(). */
		if (__atomic_compare_exchange_n(&s->owned, &nobody, 1, false,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return s;
	}
	return NULL;
}

static void give_back(struct slot *slot)
{
	/* Pairs with claim(). */
	store_release(&slot->owned, 0);
}

static void fill(struct slot *slot, const struct slot *from)
{
	store_relaxed(&slot->scale.base_ticks, 0);
	/* Pairs with copy() and clock_ns(): who sees any of what follows sees
	 * the 0 or a later base_ticks in the end. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	store_relaxed(&slot->scale.base_ns, from->scale.base_ns);
	store_relaxed(&slot->scale.scale, from->scale.scale);
	store_relaxed(&slot->scale.span, from->scale.span);
	store_relaxed(&slot->rate, from->rate);
	store_relaxed(&slot->kernel_ns, from->kernel_ns);
	store_relaxed(&slot->span_ns, from->span_ns);
	store_relaxed(&slot->strikes, from->strikes);
	/* Pairs with copy() and clock_ns(). */
	store_release(&slot->scale.base_ticks, from->scale.base_ticks);
}

/* False: it changed meanwhile. */
static bool copy(struct slot *to, const struct slot *slot)
{
	/* Pairs with fill(). */
	to->scale.base_ticks = load_acquire(&slot->scale.base_ticks);
	to->scale.base_ns = load_relaxed(&slot->scale.base_ns);
	to->scale.scale = load_relaxed(&slot->scale.scale);
	to->scale.span = load_relaxed(&slot->scale.span);
	to->rate = load_relaxed(&slot->rate);
	to->kernel_ns = load_relaxed(&slot->kernel_ns);
	to->span_ns = load_relaxed(&slot->span_ns);
	to->strikes = load_relaxed(&slot->strikes);
	/* Pairs with fill(). */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return to->scale.base_ticks != 0 &&
	       to->scale.base_ticks == load_relaxed(&slot->scale.base_ticks) &&
	       &slot->scale == load_relaxed(&clock_scale_now);
}

static bool is_fresh(const struct slot *next)
{
	return clock_scaled(__builtin_ia32_rdtsc() - next->scale.base_ticks,
			    next->rate) < FRESH_NS;
}

/* Replaces `old` (NULL: there was none yet) unless somebody was faster. */
static enum outcome publish(const struct slot *next, struct slot *old)
{
	struct clock_scale *expected = old ? &old->scale : NULL;
	struct slot *slot = claim();

	if (!slot)
		return NO_SLOT;
	fill(slot, next);
	/* A thread that was stopped for as long as the slots take to come
	 * round must not find the slot it started from published again and
	 * take it for the same scale: hence is_fresh(). */
	if (is_fresh(next) &&
	    /* Pairs with clock_ns(). */
	    __atomic_compare_exchange_n(&clock_scale_now, &expected,
					&slot->scale, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED)) {
		if (old)
			give_back(old);
		return PUBLISHED;
	}
	give_back(slot);
	return BEATEN;
}

static uint64_t end_of(const struct slot *s)
{
	return s->scale.base_ns + clock_scaled(s->scale.span, s->scale.scale);
}

/* Lets the scale run for span_ns, so that it meets the kernel's clock at the
 * end of it. */
static void aim(struct slot *s)
{
	uint64_t ahead = s->scale.base_ns - s->kernel_ns;

	if (s->span_ns < 2 * ahead)
		s->span_ns = 2 * ahead;
	s->scale.scale = s->rate - (uint64_t)((unsigned __int128)s->rate *
					      ahead / s->span_ns);
	s->scale.span = divide(s->span_ns, s->rate);
}

/* Is this rate within 1/1024 of the last one? */
static bool agree(uint64_t rate, uint64_t last)
{
	uint64_t off = rate > last ? rate - last : last - rate;

	return off < last >> 10;
}

/* The rate since `old` began.  One that is far from the last one counts as a
 * strike, and is believed only if it is possible at all: a virtual machine
 * may have moved to another processor. */
static void measure(struct slot *next, const struct slot *old,
		    const struct reading *now)
{
	uint64_t rate;

	next->rate = old->rate;
	next->strikes = old->strikes + 1;
	if (now->gap > GAP_TICKS || now->ticks <= old->scale.base_ticks ||
	    now->ns <= old->kernel_ns)
		return;
	rate = divide(now->ns - old->kernel_ns,
		      now->ticks - old->scale.base_ticks);
	if (rate > old->rate / 2 && rate / 2 < old->rate)
		next->rate = rate;
	if (agree(rate, old->rate))
		next->strikes = 0;
}

static struct slot successor(const struct slot *old, const struct reading *now)
{
	struct slot next = { .span_ns = SPAN_MIN, .kernel_ns = now->ns };
	uint64_t end = end_of(old);

	measure(&next, old, now);
	next.scale.base_ticks = now->ticks;
	next.scale.base_ns = now->ns > end ? now->ns : end;
	if (next.strikes == 0 && next.scale.base_ns - now->ns <= ERROR_NS)
		next.span_ns = old->span_ns * 2;
	if (next.span_ns > SPAN_MAX)
		next.span_ns = SPAN_MAX;
	aim(&next);
	return next;
}

COLD uint64_t clock_steer(void)
{
	for (;;) {
		/* Pairs with publish(). */
		struct slot *now =
			(struct slot *)(void *)load_acquire(&clock_scale_now);
		struct slot old, next;
		struct reading reading;
		enum outcome outcome;
		uint64_t gone;

		if (!now)
			return clock_slow();
		if (!copy(&old, now))
			continue;
		gone = __builtin_ia32_rdtsc() - old.scale.base_ticks;
		if (gone < old.scale.span)
			return old.scale.base_ns +
			       clock_scaled(gone, old.scale.scale);
		/* Another processor published it this very moment. */
		if (0 - gone < old.scale.span)
			return old.scale.base_ns;
		reading = read_both();
		next = successor(&old, &reading);
		outcome =
			next.strikes < STRIKES ? publish(&next, now) : NO_SLOT;
		if (outcome == PUBLISHED)
			return next.scale.base_ns;
		if (outcome == NO_SLOT)
			clock_give_up(end_of(&old));
	}
}

void clock_tsc_init(void)
{
	first = read_both();
}

void clock_tsc_begin(uint64_t now)
{
	struct slot s = { .span_ns = SPAN_MIN };
	struct reading reading;

	if (now - first.ns < FIRST_NS)
		return;
	reading = read_both();
	if (reading.gap > GAP_TICKS || reading.ticks <= first.ticks) {
		if (add_relaxed(&bad_starts, 1) >= STRIKES)
			clock_give_up(now);
		return;
	}
	s.rate = divide(reading.ns - first.ns, reading.ticks - first.ticks);
	s.kernel_ns = reading.ns;
	s.scale.base_ticks = reading.ticks;
	/* Not behind what any thread has already read from the kernel. */
	s.scale.base_ns = reading.ns + clock_scaled(reading.gap, s.rate);
	aim(&s);
	if (s.rate != 0)
		publish(&s, NULL);
}

void clock_tsc_end(void)
{
	store_relaxed(&clock_scale_now, NULL);
}

#else

/* Other processors: clock.c never begins. */
uint64_t clock_steer(void)
{
	return clock_slow();
}

void clock_tsc_begin(uint64_t now UNUSED)
{
}

void clock_tsc_end(void)
{
}

#endif
