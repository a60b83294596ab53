/*
 * extras.h - families that are no metric of the snapshot.
 */
#ifndef REPORTERS_PROMETHEUS_EXTRAS_H
#define REPORTERS_PROMETHEUS_EXTRAS_H

#include "prometheus/scrape.h"

/* Their names are theirs, whatever the program's metrics are called. */
bool extras_claim(const struct scrape *scrape, struct claims *claims);

/* target_info: what each program is. */
void extras_put_targets(const struct scrape *scrape, struct exposition *e);

/* process_* as Prometheus' own client libraries call it, for dashboards that
 * know only these; unless somebody's metric has the name. */
void extras_put_process(const struct scrape *scrape, struct exposition *e,
			struct claims *claims);

/* telemetry_prometheus_*. */
void extras_put_self(const struct scrape *scrape, struct exposition *e,
		     uint64_t hidden_metrics);

#endif
