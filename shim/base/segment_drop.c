/*
 * segment_drop.c - counts what is not in the numbers, and why.
 *
 * In the header of the segment as soon as there is one.  Callable from
 * anywhere, signal handlers included, so it creates nothing.
 */
#include "base/segment_drop.h"

#include "base/segment.h"

static uint64_t early[DROP_REASONS]; /* without a header */

static const char *const names[DROP_REASONS] = {
	[DROP_NESTED] = "nested",     [DROP_MEMORY] = "memory",
	[DROP_SERIES] = "series",     [DROP_LOCK] = "lock",
	[DROP_VALUE] = "value",	      [DROP_TAG] = "tag",
	[DROP_RING] = "ring",	      [DROP_FIELD] = "field",
	[DROP_DEPTH] = "depth",	      [DROP_HANDLER] = "handler",
	[DROP_NEGATIVE] = "negative", [DROP_DESCRIPTOR] = "descriptor",
	[DROP_PROVIDER] = "provider", [DROP_TEXT] = "text",
	[DROP_SEGMENT] = "segment",   [DROP_QUARANTINE] = "quarantine",
	[DROP_FUNCTION] = "function", [DROP_FIGURE] = "figure",
	[DROP_TICK] = "tick",
};

const char *drop_reason_name(enum drop_reason reason)
{
	return (unsigned int)reason < DROP_REASONS ? names[reason] : "";
}

void segment_drop_fold(void)
{
	struct segment_header *header = segment_header();
	int i;

	for (i = 0; header && i < DROP_REASONS; i++)
		if (load_relaxed(&early[i]))
			add_relaxed(&header->dropped[i],
				    __atomic_exchange_n(&early[i], 0,
							__ATOMIC_RELAXED));
}

void segment_drop_forget(void)
{
	int i;

	for (i = 0; i < DROP_REASONS; i++)
		store_relaxed(&early[i], 0);
}

void segment_drop(enum drop_reason reason, uint64_t count)
{
	struct segment_header *header = segment_header();

	if ((unsigned int)reason >= DROP_REASONS)
		return;
	if (likely(header != NULL)) {
		add_relaxed(&header->dropped[reason], count);
		return;
	}
	add_relaxed(&early[reason], count);
	/* The header may have come in between. */
	segment_drop_fold();
}
