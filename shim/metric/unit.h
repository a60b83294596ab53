/*
 * unit.h - units of measurement and exact conversion.
 */
#ifndef SHIM_METRIC_UNIT_H
#define SHIM_METRIC_UNIT_H

#include "base/compiler.h"

struct unit_conversion {
	uint64_t numerator, denominator;
	const char *label; /* UCUM; not terminated */
	size_t label_length;
};

enum unit_error {
	UNIT_OK,
	UNIT_UNKNOWN, /* *bad is the word */
	UNIT_MIXED,   /* time to bytes and the like */
	UNIT_PARTS,   /* more than FROM:TO */
};

/* "second", "native:second" or "{row}". */
enum unit_error unit_parse(const char *text, size_t length,
			   struct unit_conversion *conversion, const char **bad,
			   size_t *bad_length);
/* Names of units; NULL past the last. */
const char *unit_name(size_t index);

/* raw * numerator / denominator, exact where a double can be. */
double unit_convert(__int128 raw, uint64_t numerator, uint64_t denominator);
double unit_convert_real(double raw, uint64_t numerator, uint64_t denominator);
/* The greatest raw integer that is not above `bound` once converted. */
int64_t unit_raw_bound(double bound, uint64_t numerator, uint64_t denominator);

#endif
