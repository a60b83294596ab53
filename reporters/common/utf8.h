/*
 * utf8.h - what of a host's bytes is text.
 */
#ifndef REPORTERS_COMMON_UTF8_H
#define REPORTERS_COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* What stands for a byte that is not part of a character: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at `string`, 0 if there is no well-formed one.  The
 * string is terminated: it never looks past its end. */
size_t utf8_decode(const char *string, uint32_t *character);

#endif
