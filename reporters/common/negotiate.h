/*
 * negotiate.h - what a client says that it takes (RFC 9110, section 12).
 */
#ifndef REPORTERS_COMMON_NEGOTIATE_H
#define REPORTERS_COMMON_NEGOTIATE_H

#include <stdbool.h>

/*
 * How much an Accept header wants a media type with this version parameter (or
 * with none): 0 (not) to 1000.  `exact`: only where it names the type, not
 * where a * means any.  The header may be NULL: 0.
 */
int negotiate_type(const char *accept, const char *type, const char *version,
		   bool exact);

/* Does an Accept-Encoding header name gzip? */
bool negotiate_gzip(const char *accept_encoding);

#endif
