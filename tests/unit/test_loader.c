/* test_loader.c - when reporters are opened. */
#include "base/clock.h"
#include "base/proc.h"
#include "group_fixture.h"
#include "loader_fixture.h"
#include "runtime/report.h"

#include <sys/resource.h>

#define LITTLE (8u << 20) /* too little for a reporter, enough for a test */

static int patience(void)
{
	return 1000;
}

/* The soft limit of the address space: so many bytes beyond what is in use. */
static void leave_room(rlim_t bytes)
{
	struct proc_stat stat = { 0 };
	struct rlimit limit;

	CHECK_INT(getrlimit(RLIMIT_AS, &limit), 0);
	CHECK_INT(proc_read_stat((uint32_t)getpid(), &stat), 0);
	limit.rlim_cur =
		bytes == RLIM_INFINITY ? limit.rlim_max : stat.size + bytes;
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
}

/* A fork waits for exporter_open_reporters(), and for nothing else: whoever
 * only looks must not load one, whatever the time is by then. */
TEST(a_look_loads_none)
{

	make_group();
	configure_reporters(1);
	leave_room(LITTLE);
	CHECK_INT(exporter_open_reporters(), 0);
	CHECK(loader_is_open());
	leave_room(RLIM_INFINITY);
	while (loader_is_open())
		usleep(10000);
	report_records(patience, RING_RECORDS);
	report_interval(clock_ns(), patience);
	report_upkeep(clock_ns());
	CHECK(report_snapshot());
	report_snapshot_done();
	CHECK_INT(loader_count(), 0);
	CHECK_INT(exporter_open_reporters(), 1);
	CHECK_INT(exporter.loading, 0);
	CHECK_INT(loader_count(), 1);
	loader_close();
	CHECK_INT(loader_count(), 0);
	remove_dir();
}
