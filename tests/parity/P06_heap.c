/*
 * P06, the prose on built-ins: what is said of the heap and of reading and
 * writing, compared with what the program did.
 *
 * env: TELEMETRY_LOG_FILE=log
 */
#include "polled.h"

#include <fcntl.h>

/* An allocator in front of the shim's, such as AddressSanitizer's, is nothing
 * that the shim can count: then there is no event, and not one of zeroes. */
static void heap_of_another(void)
{
	struct telemetry_measurement m[] = {
		telemetry_poll_builtin("process.heap"),
		telemetry_poll_builtin("process.io"),
	};
	struct telemetry_poller_options o = telemetry_poller_defaults(m, 2);
	int handle;

	o.period_ms = 1;
	CHECK(!telemetry_attach("heap", "process.heap", keep, &all[4]));
	CHECK(!telemetry_attach("io", "process.io", keep, &all[5]));
	handle = telemetry_poller_start(&o);
	CHECK(handle > 0);
	free(malloc(MIB));
	WAIT_FOR(count_of(&all[5]) >= 3);
	CHECK(!telemetry_poller_stop(handle));
	CHECK(count_of(&all[4]) == 0);
	CHECK(!telemetry_detach("heap") && !telemetry_detach("io"));
}

/* P06 */
static void heap(void)
{
	struct last *heap = &all[4];
	int handle = poll_one(heap, "process.heap");
	double in_use = known(heap, "in_use"), frees = known(heap, "frees");
	char *block = malloc(20 * MIB);

	CHECK(block);
	fresh(heap);
	CHECK(known(heap, "in_use") >= in_use + 19 * MIB);
	CHECK(known(heap, "allocated") >= known(heap, "in_use"));
	free(block);
	fresh(heap);
	CHECK(known(heap, "in_use") <= in_use + 5 * MIB);
	CHECK(known(heap, "frees") > frees);
	CHECK(known(heap, "failures") == 0);
	end(heap, handle);
}

static void io(void)
{
	static char block[MIB];
	struct last *io = &all[5];
	int handle = poll_one(io, "process.io"), fd;
	double written = known(io, "wchar"), calls = known(io, "syscw");

	fd = open("written", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(write(fd, block, MIB) == MIB);
	close(fd);
	unlink("written");
	fresh(io);
	CHECK(known(io, "wchar") >= written + MIB);
	CHECK(known(io, "syscw") > calls && known(io, "rchar") > 0);
	end(io, handle);
}

static void parity(void)
{
	if (wraps_heap())
		heap();
	else
		heap_of_another();
	io();
	/* No poller, no thread. */
	WAIT_FOR(count_threads(true) == 0 || has_reporter());
}
