/*
 * number.c - doubles as text.
 *
 * In no locale: the digits are libc's, asked for in the "C" locale of this
 * thread alone.
 */
#include "common/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS 17 /* enough for every double */

/* The fewest digits that read back as the same double, without the point and
 * trailing zeros; value > 0 and finite.  The point is in front of digit
 * *exponent + 1: 1.5 is "15", 0. */
static int shortest(double value, char digits[DIGITS + 1], int *exponent)
{
	/* Fifteen always survive, and do for most; not those of denormals. */
	int precision = value < DBL_MIN ? 1 : 15, length;
	char text[40];

	for (;; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision - 1, value);
		if (precision == DIGITS || strtod(text, NULL) == value)
			break;
	}
	*exponent = atoi(strchr(text, 'e') + 1);
	digits[0] = text[0];
	memcpy(digits + 1, text + 2, (size_t)precision - 1);
	for (length = precision; length > 1 && digits[length - 1] == '0';)
		length--;
	return length;
}

static void zeros(struct text *text, int count)
{
	while (count-- > 0)
		text_char(text, '0');
}

static void put_plain(struct text *text, const char *digits, int length,
		      int exponent)
{
	int whole = exponent + 1;

	if (whole <= 0) {
		text_str(text, "0.");
		zeros(text, -whole);
		text_bytes(text, digits, (size_t)length);
		return;
	}
	text_bytes(text, digits, (size_t)(length < whole ? length : whole));
	zeros(text, whole - length);
	if (length > whole) {
		text_char(text, '.');
		text_bytes(text, digits + whole, (size_t)(length - whole));
	}
}

static void put_exponent(struct text *text, const char *digits, int length,
			 int exponent)
{
	text_char(text, digits[0]);
	if (length > 1) {
		text_char(text, '.');
		text_bytes(text, digits + 1, (size_t)length - 1);
	}
	text_str(text, exponent < 0 ? "e-" : "e+");
	text_digits(text, (uint64_t)abs(exponent), 2);
}

static void put_digits(struct text *text, const char *digits, int length,
		       int exponent, int plain_below)
{
	if (exponent < -4 || exponent >= plain_below)
		put_exponent(text, digits, length, exponent);
	else
		put_plain(text, digits, length, exponent);
}

void text_double(struct text *text, double value, int plain_below)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;
	char digits[DIGITS + 1];
	int length, exponent;

	if (signbit(value)) {
		text_char(text, '-');
		value = -value;
	}
	if (value == 0) {
		text_char(text, '0');
		return;
	}
	before = uselocale(c);
	length = shortest(value, digits, &exponent);
	uselocale(before);
	put_digits(text, digits, length, exponent, plain_below);
}

void text_seconds(struct text *text, uint64_t ns, int plain_below)
{
	char digits[DIGITS];
	int at = DIGITS, length, exponent;

	/* A double has these fifteen digits, and its fewest are just they. */
	if (ns == 0 || ns >= 1000000000000000u) {
		text_double(text, (double)ns / 1e9, plain_below);
		return;
	}
	for (; ns; ns /= 10)
		digits[--at] = (char)('0' + ns % 10);
	length = DIGITS - at;
	exponent = length - 1 - 9;
	while (digits[at + length - 1] == '0')
		length--;
	put_digits(text, digits + at, length, exponent, plain_below);
}
