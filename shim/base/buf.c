/*
 * buf.c - appending to bounded text, and reading numbers back.
 *
 * Bytes only: nothing here knows encodings, and a cut may fall inside a
 * character of several bytes.
 */
#include "base/buf.h"

#include "base/decimal.h"

#include <string.h>

/* Beyond these the exponent is written out. */
#define PLAIN_MIN (-3)
#define PLAIN_MAX 17

void buf_init(struct buf *buf, char *memory, size_t size)
{
	*buf = (struct buf){ .text = memory, .size = size };
	if (size > 0)
		memory[0] = '\0';
}

void buf_bytes(struct buf *buf, const char *text, size_t length)
{
	size_t space = buf->size > buf->length ? buf->size - buf->length : 0;

	if (length == 0)
		return;
	if (length >= space) {
		buf->cut = true;
		if (space == 0)
			return;
		length = space - 1;
	}
	memcpy(buf->text + buf->length, text, length);
	buf->length += length;
	buf->text[buf->length] = '\0';
}

void buf_char(struct buf *buf, char c)
{
	buf_bytes(buf, &c, 1);
}

void buf_str(struct buf *buf, const char *text)
{
	if (!text)
		text = "(null)";
	buf_bytes(buf, text, strlen(text));
}

static void append_base(struct buf *buf, uint64_t value, unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	buf_bytes(buf, digits + at, sizeof(digits) - at);
}

void buf_u64(struct buf *buf, uint64_t value)
{
	append_base(buf, value, 10);
}

void buf_i64(struct buf *buf, int64_t value)
{
	if (value < 0)
		buf_char(buf, '-');
	buf_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buf_hex(struct buf *buf, uint64_t value)
{
	append_base(buf, value, 16);
}

static void append_zeros(struct buf *buf, int count)
{
	for (; count > 0; count--)
		buf_char(buf, '0');
}

/* 0.d1d2d3 * 10^exponent without an exponent. */
static void append_plain(struct buf *buf, const struct decimal *d)
{
	int before = d->exponent < 0 ? 0 : d->exponent;

	if (before > d->count)
		before = d->count;
	if (before == 0)
		buf_char(buf, '0');
	buf_bytes(buf, d->digits, (size_t)before);
	append_zeros(buf, d->exponent - d->count);
	if (before == d->count)
		return;
	buf_char(buf, '.');
	append_zeros(buf, -d->exponent);
	buf_bytes(buf, d->digits + before, (size_t)(d->count - before));
}

static void append_scientific(struct buf *buf, const struct decimal *d)
{
	int exponent = d->exponent - 1;

	buf_char(buf, d->digits[0]);
	if (d->count > 1) {
		buf_char(buf, '.');
		buf_bytes(buf, d->digits + 1, (size_t)d->count - 1);
	}
	buf_str(buf, exponent < 0 ? "e-" : "e+");
	if (exponent < 0)
		exponent = -exponent;
	if (exponent < 10)
		buf_char(buf, '0');
	buf_u64(buf, (uint64_t)exponent);
}

void buf_double(struct buf *buf, double value)
{
	struct decimal decimal;

	if (value != value) {
		buf_str(buf, "nan");
		return;
	}
	if (__builtin_signbit(value)) {
		buf_char(buf, '-');
		value = -value;
	}
	if (__builtin_isinf(value)) {
		buf_str(buf, "inf");
		return;
	}
	if (value == 0) {
		buf_char(buf, '0');
		return;
	}
	decimal_shortest(value, &decimal);
	if (decimal.exponent < PLAIN_MIN || decimal.exponent > PLAIN_MAX)
		append_scientific(buf, &decimal);
	else
		append_plain(buf, &decimal);
}

/* What stands between % and the conversion. */
struct spec {
	int longs;	/* l: 1, ll: 2 */
	bool size;	/* z */
	bool precision; /* .* */
};

static const char *parse_spec(const char *at, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	if (at[0] == '.' && at[1] == '*') {
		spec->precision = true;
		at += 2;
	}
	for (; *at == 'l' && spec->longs < 2; at++)
		spec->longs++;
	if (*at == 'z') {
		spec->size = true;
		at++;
	}
	return at;
}

static uint64_t take_unsigned(const struct spec *spec, va_list *args)
{
	if (spec->size)
		return va_arg(*args, size_t);
	if (spec->longs == 2)
		return va_arg(*args, unsigned long long);
	if (spec->longs == 1)
		return va_arg(*args, unsigned long);
	return va_arg(*args, unsigned int);
}

static int64_t take_signed(const struct spec *spec, va_list *args)
{
	if (spec->longs == 2)
		return va_arg(*args, long long);
	if (spec->longs == 1)
		return va_arg(*args, long);
	return va_arg(*args, int);
}

static void append_string(struct buf *buf, const struct spec *spec,
			  va_list *args)
{
	int most = spec->precision ? va_arg(*args, int) : -1;
	const char *text = va_arg(*args, const char *);

	if (!text)
		text = "(null)";
	buf_bytes(buf, text,
		  most < 0 ? strlen(text) : strnlen(text, (size_t)most));
}

static void append_conversion(struct buf *buf, char type,
			      const struct spec *spec, va_list *args)
{
	switch (type) {
	case 's':
		append_string(buf, spec, args);
		break;
	case 'd':
		buf_i64(buf, take_signed(spec, args));
		break;
	case 'u':
		buf_u64(buf, take_unsigned(spec, args));
		break;
	case 'x':
		buf_hex(buf, take_unsigned(spec, args));
		break;
	case 'c':
		buf_char(buf, (char)va_arg(*args, int));
		break;
	case 'p':
		buf_str(buf, "0x");
		buf_hex(buf, (uintptr_t)va_arg(*args, void *));
		break;
	default:
		buf_char(buf, type);
	}
}

void buf_vprintf(struct buf *buf, const char *format, va_list *args)
{
	struct spec spec;
	const char *percent;

	for (; *format; format++) {
		percent = strchr(format, '%');
		if (!percent)
			percent = format + strlen(format);
		buf_bytes(buf, format, (size_t)(percent - format));
		if (*percent == '\0')
			return;
		format = parse_spec(percent + 1, &spec);
		if (*format == '\0')
			return;
		append_conversion(buf, *format, &spec, args);
	}
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, &args);
	va_end(args);
}
