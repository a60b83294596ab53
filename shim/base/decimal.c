/*
 * decimal.c - digits of doubles by arithmetic on large integers.
 *
 * A value is kept as a fraction of two integers, so nothing is ever rounded
 * before the end.  Some microseconds per number: nothing on a hot path prints.
 */
#include "base/decimal.h"

#include <string.h>

/* 1,600 bits: enough for 10^342 times 2^64 and for 60 digits times 10^325. */
#define WORDS 50

struct big {
	int count; /* words in use; the highest of them is not 0 */
	uint32_t word[WORDS];
};

static void set(struct big *a, uint64_t value)
{
	a->count = 0;
	for (; value; value >>= 32)
		a->word[a->count++] = (uint32_t)value;
}

/* a = a * factor + plus */
static void multiply(struct big *a, uint32_t factor, uint32_t plus)
{
	uint64_t carry = plus;
	int i;

	for (i = 0; i < a->count; i++) {
		carry += (uint64_t)a->word[i] * factor;
		a->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		a->word[a->count++] = (uint32_t)carry;
}

static void multiply_power_of_ten(struct big *a, int power)
{
	for (; power >= 9; power -= 9)
		multiply(a, 1000000000, 0);
	for (; power > 0; power--)
		multiply(a, 10, 0);
}

static void shift_left(struct big *a, int bits)
{
	int words = bits / 32, rest = bits % 32, i;

	if (a->count == 0)
		return;
	multiply(a, (uint32_t)1 << rest, 0);
	if (words == 0)
		return;
	for (i = a->count - 1; i >= 0; i--)
		a->word[i + words] = a->word[i];
	memset(a->word, 0, (size_t)words * sizeof(a->word[0]));
	a->count += words;
}

static int compare(const struct big *a, const struct big *b)
{
	int i;

	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (i = a->count - 1; i >= 0; i--)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

/* a = a - b, where a >= b */
static void subtract(struct big *a, const struct big *b)
{
	int64_t borrow = 0;
	int i;

	for (i = 0; i < a->count; i++) {
		borrow += a->word[i];
		if (i < b->count)
			borrow -= b->word[i];
		a->word[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
	while (a->count > 0 && a->word[a->count - 1] == 0)
		a->count--;
}

/* a = a + b */
static void add(struct big *a, const struct big *b)
{
	uint64_t carry = 0;
	int i, n = a->count > b->count ? a->count : b->count;

	for (i = 0; i < n || carry; i++) {
		carry += i < a->count ? a->word[i] : 0;
		carry += i < b->count ? b->word[i] : 0;
		a->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (i > a->count)
		a->count = i;
}

static int bits_of(const struct big *a)
{
	if (a->count == 0)
		return 0;
	return a->count * 32 - __builtin_clz(a->word[a->count - 1]);
}

/* a + b <=> c */
static int compare_sum(const struct big *a, const struct big *b,
		       const struct big *c)
{
	struct big sum = *a;

	add(&sum, b);
	return compare(&sum, c);
}

/*
 * The value is r/s; the numbers that read back as it lie between (r - low)/s
 * and (r + high)/s, the ends included where the mantissa is even.
 */
struct interval {
	struct big r, s, low, high;
	bool ends;
};

static void interval_of(double value, struct interval *v, int *exponent2)
{
	uint64_t bits, mantissa;
	int e, up;
	bool narrow;

	memcpy(&bits, &value, sizeof(bits));
	mantissa = bits & 0xfffffffffffffu;
	e = (int)(bits >> 52 & 0x7ff);
	/* Below a power of two the neighbour is half as far away. */
	narrow = mantissa == 0 && e > 1;
	if (e == 0)
		e = 1;
	else
		mantissa |= (uint64_t)1 << 52;
	e -= 1075;
	up = e > 0 ? e : 0;
	set(&v->r, mantissa);
	set(&v->s, 1);
	set(&v->low, 1);
	shift_left(&v->r, up + 1 + narrow);
	shift_left(&v->s, up - e + 1 + narrow);
	shift_left(&v->low, up);
	v->high = v->low;
	if (narrow)
		shift_left(&v->high, 1);
	v->ends = (mantissa & 1) == 0;
	*exponent2 = e + 64 - __builtin_clzl(mantissa);
}

/* Scales by a power of ten so that 1/10 <= (r + high)/s < 1, about. */
static int scale(struct interval *v, int exponent2)
{
	/* 0.30103 is log10(2), rounded up; never more than one too low. */
	int power = (int)((int64_t)(exponent2 - 1) * 30103 / 100000);

	if (exponent2 < 1)
		power--;
	if (power > 0)
		multiply_power_of_ten(&v->s, power);
	multiply_power_of_ten(&v->r, -power);
	multiply_power_of_ten(&v->low, -power);
	multiply_power_of_ten(&v->high, -power);
	while (compare_sum(&v->r, &v->high, &v->s) >= !v->ends) {
		multiply(&v->s, 10, 0);
		power++;
	}
	return power;
}

/* The next digit: r = r * 10 mod s. */
static int next_digit(struct interval *v)
{
	int digit = 0;

	multiply(&v->r, 10, 0);
	multiply(&v->low, 10, 0);
	multiply(&v->high, 10, 0);
	while (compare(&v->r, &v->s) >= 0) {
		subtract(&v->r, &v->s);
		digit++;
	}
	return digit;
}

void decimal_shortest(double value, struct decimal *decimal)
{
	struct interval v;
	bool low, high;
	int exponent2, digit;

	interval_of(value, &v, &exponent2);
	decimal->exponent = scale(&v, exponent2);
	decimal->count = 0;
	do {
		digit = next_digit(&v);
		low = compare(&v.r, &v.low) < v.ends;
		high = compare_sum(&v.r, &v.high, &v.s) > -(int)v.ends;
		if (high && (!low || compare_sum(&v.r, &v.r, &v.s) > 0))
			digit++;
		decimal->digits[decimal->count++] = (char)('0' + digit);
	} while (!low && !high && decimal->count < DECIMAL_DIGITS);
}

/* n/d as an integer of `bits` bits or one more, times 2^*exponent, the lowest
 * bit set if anything is left over. */
static uint64_t divide(struct big *n, struct big *d, int bits, int *exponent)
{
	int shift = bits - (bits_of(n) - bits_of(d));
	uint64_t q = 0;
	int i;

	if (shift > 0)
		shift_left(n, shift);
	else
		shift_left(d, -shift);
	*exponent = -shift;
	shift_left(d, bits);
	for (i = 0; i <= bits; i++) {
		q <<= 1;
		if (compare(n, d) >= 0) {
			subtract(n, d);
			q |= 1;
		}
		multiply(n, 2, 0);
	}
	return q | (n->count > 0);
}

/* q * 2^exponent, q of more than 54 bits with a sticky last one. */
static double assemble(uint64_t q, int exponent)
{
	int length = 64 - __builtin_clzl(q);
	int drop = length - 53;
	uint64_t half, bits;
	double value;

	if (length + exponent < -1021) /* subnormal: fewer bits are kept */
		drop = -1074 - exponent;
	if (drop > 63)
		return 0;
	half = (uint64_t)1 << (drop - 1);
	bits = q >> drop;
	if ((q & half) && ((q & (half - 1)) || (bits & 1)))
		bits++;
	exponent += drop;
	if (bits >> 52)
		bits += (uint64_t)(exponent + 1074) << 52;
	if (bits >= (uint64_t)0x7ff << 52)
		bits = (uint64_t)0x7ff << 52;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

double decimal_value(const char *digits, int count, int exponent)
{
	int used = count < DECIMAL_EXACT ? count : DECIMAL_EXACT, i, e;
	struct big n, d;
	uint64_t q;

	set(&n, 0);
	set(&d, 1);
	for (i = 0; i < used; i++)
		multiply(&n, 10, (uint32_t)(digits[i] - '0'));
	for (i = used; i < count; i++)
		if (digits[i] != '0') {
			multiply(&n, 10, 1);
			used++;
			break;
		}
	if (n.count == 0 || exponent < -330)
		return 0;
	if (exponent > 310)
		return __builtin_inf();
	exponent -= used;
	multiply_power_of_ten(&n, exponent);
	multiply_power_of_ten(&d, -exponent);
	q = divide(&n, &d, 60, &e);
	return assemble(q, e);
}
