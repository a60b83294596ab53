/*
 * decimal.h - exact conversion between double and decimal digits.
 *
 * Integer arithmetic only: no locale, no rounding mode of the host, no
 * allocation.
 */
#ifndef SHIM_BASE_DECIMAL_H
#define SHIM_BASE_DECIMAL_H

#include "base/compiler.h"

#define DECIMAL_DIGITS 17

/* 0.d1d2d3... * 10^exponent */
struct decimal {
	char digits[DECIMAL_DIGITS]; /* '0' to '9', not terminated */
	int count;
	int exponent;
};

/* The fewest digits that read back as the same double, the nearest of those.
 * value is finite and greater than zero. */
void decimal_shortest(double value, struct decimal *decimal);

/* The double nearest to 0.d1d2d3... * 10^exponent.  Exact as long as no more
 * than DECIMAL_EXACT digits decide; what follows them only counts as "more
 * than nothing". */
#define DECIMAL_EXACT 60
double decimal_value(const char *digits, int count, int exponent);

#endif
