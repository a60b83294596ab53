/*
 * segment_drop.h - what segment.c tells the drop counters.
 */
#ifndef SHIM_BASE_SEGMENT_DROP_H
#define SHIM_BASE_SEGMENT_DROP_H

/* There is a header now: what was counted without one moves into it. */
void segment_drop_fold(void);
/* In the child of a fork: what its parent counted is the parent's. */
void segment_drop_forget(void);

#endif
