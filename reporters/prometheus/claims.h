/*
 * claims.h - which family has which name.
 */
#ifndef REPORTERS_PROMETHEUS_CLAIMS_H
#define REPORTERS_PROMETHEUS_CLAIMS_H

#include "common/prometheus_names.h"

struct claims {
	struct claim *table; /* open addressing; NULL owner: free */
	size_t count, size;
	struct text names;
	bool failed;
};

void claims_free(struct claims *c);

/* All names that a family of this type has in either format.  NULL: it has them
 * now.  Else the owner of the one that is taken, and it has none. */
const char *claims_take(struct claims *c, const char *family,
			enum family_type type, const char *owner);

#endif
