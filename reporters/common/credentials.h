/*
 * credentials.h - who may read: a name and a password, or a bearer token.
 */
#ifndef REPORTERS_COMMON_CREDENTIALS_H
#define REPORTERS_COMMON_CREDENTIALS_H

#include "common/http_options.h"
#include "common/text.h"

struct credentials {
	struct text basic;  /* base64 of name:password; empty: not accepted */
	struct text bearer; /* the token */
};

/* From the options and the files that they name.  0; or -errno and in *why what
 * is wrong, beginning with an option's name. */
int credentials_load(struct credentials *c, const struct http_options *options,
		     struct text *why);
void credentials_free(struct credentials *c);

/* Does it ask for any? */
bool credentials_are_set(const struct credentials *c);
/* Is this value of an Authorization header right?  NULL is not, if it asks.
 * Takes the same time wherever the first difference is. */
bool credentials_accept(const struct credentials *c, const char *header);

#endif
