/*
 * buf.h - bounded text without stdio or locale.
 *
 * A buf writes into memory that its owner gave it.  What does not fit is cut,
 * never written past the end, and `cut` says so.  The text is always
 * terminated.  Numbers look the same in every locale.
 */
#ifndef SHIM_BASE_BUF_H
#define SHIM_BASE_BUF_H

#include "base/compiler.h"

#include <stdarg.h>

struct buf {
	char *text;
	size_t size; /* of the memory, terminator included */
	size_t length;
	bool cut;
};

#define BUF(memory)                                                            \
	(struct buf)                                                           \
	{                                                                      \
		.text = ((memory)[0] = '\0', (memory)),                        \
		.size = sizeof(memory),                                        \
	}

void buf_init(struct buf *buf, char *memory, size_t size);
void buf_char(struct buf *buf, char c);
void buf_bytes(struct buf *buf, const char *text, size_t length);
void buf_str(struct buf *buf, const char *text); /* NULL is "(null)" */
void buf_u64(struct buf *buf, uint64_t value);
void buf_i64(struct buf *buf, int64_t value);
void buf_hex(struct buf *buf, uint64_t value);
/* The shortest decimal that reads back as the same double; nan, inf, -inf. */
void buf_double(struct buf *buf, double value);
/* %s %.*s %d %u %ld %lu %lld %llu %zu %x %lx %c %p %% and nothing else. */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list *args)
	PRINTF_LIKE(2, 0);

/* Digits at text[0..length), no sign or blanks; false if anything else. */
bool parse_u64(const char *text, size_t length, uint64_t *value);
/* Decimal with optional sign, fraction and exponent; false if anything else. */
bool parse_double(const char *text, size_t length, double *value);

#endif
