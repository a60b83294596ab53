/* known.h - metrics on occurrences that come again and again. */
#ifndef SHIM_METRIC_KNOWN_H
#define SHIM_METRIC_KNOWN_H

#include "event/known.h"

/* known_prepare of an attachment without conditions and without `expire`. */
bool known_prepare_metric(const struct occurrence *occurrence, void *config,
			  struct known_step *step, void *room);

#endif
