/*
 * parse.c - numbers from text that is not terminated.
 *
 * Strict: the whole text is the number, or it is none.  No blanks, no
 * hexadecimal, no names.
 */
#include "base/buf.h"
#include "base/decimal.h"

/* No exponent beyond this changes anything any more. */
#define EXPONENT_MANY 100000
/* Digits that are looked at; what decides is far in front of that. */
#define DIGITS_MAX 128

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool parse_u64(const char *text, size_t length, uint64_t *value)
{
	uint64_t result = 0;
	size_t i;

	if (length == 0)
		return false;
	for (i = 0; i < length; i++) {
		if (!is_digit(text[i]) ||
		    __builtin_mul_overflow(result, 10u, &result) ||
		    __builtin_add_overflow(result, (uint64_t)(text[i] - '0'),
					   &result))
			return false;
	}
	*value = result;
	return true;
}

struct number {
	char digits[DIGITS_MAX];
	int count;
	int64_t exponent; /* of 0.d1d2d3 */
	bool any;	  /* at least one digit, were it a zero */
};

static void add_digit(struct number *n, char digit, bool fraction)
{
	n->any = true;
	if (n->count == 0 && digit == '0') {
		n->exponent -= fraction;
		return;
	}
	n->exponent += !fraction;
	if (n->count < DIGITS_MAX)
		n->digits[n->count++] = digit;
	else if (digit != '0') /* more than what is written so far */
		n->digits[DIGITS_MAX - 1] |= 1;
}

static const char *take_mantissa(const char *at, const char *end,
				 struct number *n)
{
	bool fraction = false;

	for (; at < end; at++) {
		if (*at == '.' && !fraction)
			fraction = true;
		else if (is_digit(*at))
			add_digit(n, *at, fraction);
		else
			break;
	}
	return at;
}

static const char *take_exponent(const char *at, const char *end,
				 struct number *n)
{
	bool negative;
	int64_t exponent = 0;

	if (at == end || (*at != 'e' && *at != 'E'))
		return at;
	at++;
	negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end)
		return NULL;
	for (; at < end && is_digit(*at); at++)
		if (exponent < EXPONENT_MANY)
			exponent = exponent * 10 + (*at - '0');
	n->exponent += negative ? -exponent : exponent;
	return at;
}

/* A whole number of at most 2^53 times a power of ten that a double holds
 * exactly: one operation, rounded once. */
static bool value_fast(const struct number *n, double *value)
{
	static const double powers[] = {
		1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,
		1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	int64_t power = n->exponent - n->count;
	uint64_t whole = 0;
	int i;

	if (n->count > 15 || power < -22 || power > 22)
		return false;
	for (i = 0; i < n->count; i++)
		whole = whole * 10 + (uint64_t)(n->digits[i] - '0');
	*value = power < 0 ? (double)whole / powers[-power]
			   : (double)whole * powers[power];
	return true;
}

bool parse_double(const char *text, size_t length, double *value)
{
	const char *at = text, *end = text + length;
	struct number n = { .count = 0 };
	double result;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	at = take_mantissa(at, end, &n);
	if (!n.any)
		return false;
	at = take_exponent(at, end, &n);
	if (at != end)
		return false;
	if (n.exponent > EXPONENT_MANY)
		n.exponent = EXPONENT_MANY;
	if (n.exponent < -EXPONENT_MANY)
		n.exponent = -EXPONENT_MANY;
	if (!value_fast(&n, &result))
		result = decimal_value(n.digits, n.count, (int)n.exponent);
	*value = *text == '-' ? -result : result;
	return true;
}
