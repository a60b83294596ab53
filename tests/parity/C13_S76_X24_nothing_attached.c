/*
 * C13, X24, S76: a reporter attaches no handlers, so that it leaves none behind
 * when it ends; neither do the metrics that it reports.
 *
 * env: TELEMETRY_REPORTERS=console TELEMETRY_CONSOLE_FILE=/dev/null
 */
#include "parity.h"

static void parity(void)
{
	struct seen seen = { .count = 0 };

	CHECK(listed("") == 0);
	see_event("c13", "libc.heap.alloc.stop", &seen);
	CHECK(listed("") == 1 && !telemetry_detach("c13"));
	CHECK(listed("") == 0);
}
