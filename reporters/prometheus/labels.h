/*
 * labels.h - the tags of a sample as labels.
 */
#ifndef REPORTERS_PROMETHEUS_LABELS_H
#define REPORTERS_PROMETHEUS_LABELS_H

#include "common/prometheus_names.h"

/* A label to be; kept from sample to sample only for its memory. */
struct labels {
	struct label *items;
	size_t count, size;
	struct text names;
	bool failed;
};

void labels_free(struct labels *l);

/* One set: clear, add, put. */
void labels_clear(struct labels *l);
/* key is any text; `reserved` is a name that the format has for itself ("le",
 * "quantile"; NULL), the tag of that name is exported_<name> then. */
void labels_add(struct labels *l, const char *key, const char *value,
		const char *reserved);
/* a="1",b="2", in the order of the names; tags that have the same name by now
 * are one label, their values joined by ";" in the order of their keys. */
void labels_put(struct labels *l, struct text *out);

/* For a label value, between quotes; and for HELP, where a quote is one. */
void labels_escape(struct text *out, const char *value, bool quotes);

#endif
