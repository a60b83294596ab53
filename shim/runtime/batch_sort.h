/*
 * batch_sort.h - records in the order in which they ended.
 */
#ifndef SHIM_RUNTIME_BATCH_SORT_H
#define SHIM_RUNTIME_BATCH_SORT_H

#include "base/compiler.h"
#include "telemetry/reporter.h"

#define BATCH_SORT_MAX 65536

/* Of those that ended at the same time the order stays.  room: for twice as
 * many as there are records, which are BATCH_SORT_MAX at most. */
void batch_sort(struct telemetry_record *list, uint32_t count, uint16_t *room);

#endif
