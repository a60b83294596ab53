/* test_report.c - what a report keeps, takes and leaves to others. */
#include "runtime/report_look.h"

#include "base/clock.h"
#include "base/thread.h"
#include "loader_fixture.h"
#include "recorder/ring.h"
#include "retained_fixture.h"
#include "runtime/descriptors.h"
#include "runtime/exporter.h"
#include "runtime/group.h"
#include "runtime/group_life.h"
#include "runtime/group_marks.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

static int patience(void)
{
	return 900;
}

static void begin(int reporters)
{
	begin_group();
	thread_init();
	descriptors_are_ours();
	configure_reporters(reporters);
	CHECK_INT(exporter_open_reporters(), reporters);
}

/* This process, with a ring that nothing is in. */
static void make_member(void)
{
	static struct {
		struct segment_header header;
		struct segment_block block;
		struct ring ring;
	} file = {
		.header = { .magic = SEGMENT_MAGIC,
			    .version = SEGMENT_VERSION,
			    .size = sizeof(file.header),
			    .used = sizeof(file),
			    .state = SEGMENT_RUNNING,
			    .started_boottime = UINT64_MAX },
		.block = { .kind = SEGMENT_RING,
			   .size = sizeof(file.block) + sizeof(file.ring) },
	};
	char path[128];
	int fd;

	file.header.pid = (uint32_t)getpid();
	mkdir(group_folder, 0700);
	snprintf(path, sizeof(path), "%s/%d.0", group_folder, getpid());
	fd = open(path, O_CREAT | O_RDWR, 0600);
	CHECK_INT(write(fd, &file, sizeof(file)), sizeof(file));
	close(fd);
}

static int open_files(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Records that come seldom do not make each look begin anew. */
TEST(a_few_looks_without_news_keep_what_there_is)
{
	int i, files;

	begin(1);
	make_member();
	report_records(patience, RING_RECORDS);
	files = open_files();
	CHECK(!report.is_busy);
	report.is_busy = true;
	report.calm = 0;
	for (i = 1; i < 4; i++) {
		report_records(patience, RING_RECORDS);
		CHECK(report.is_busy && open_files() > files);
	}
	report_records(patience, RING_RECORDS);
	CHECK(!report.is_busy);
	CHECK_INT(open_files(), files);
	report_records(patience, RING_RECORDS);
	CHECK(!report.is_busy);
	remove_group();
}

/* No look follows that would find that there is no news. */
TEST(nothing_is_kept_for_a_reporter_that_takes_no_more)
{
	uint64_t pause = EXPORTER_PAUSE;
	int files;

	begin(1);
	exporter.hosts = true;
	report_for_host();
	make_member();
	report_records(patience, RING_RECORDS);
	files = open_files();
	report.is_busy = true;
	report_records(patience, RING_RECORDS);
	CHECK(open_files() > files);
	loader_at(0)->takes_records = false;
	exporter_round(&pause);
	CHECK(!report.is_busy);
	CHECK_INT(open_files(), files);
	remove_group();
}

static uint64_t retained_now(void)
{
	uint64_t sum = sum_of(report_snapshot(), "c");

	report_snapshot_done();
	return sum;
}

/* What the parent was about to report is in a state that nobody knows. */
TEST(a_child_of_the_middle_of_a_report_begins_with_none)
{
	struct snapshot *half = (void *)16;
	pid_t child;

	begin(1);
	die_with("shop", 3);
	CHECK_INT(fold(), 1);
	make_member();
	report.whole = report.mine = half;
	report.has_batch = report.splits = report.watches = true;
	report.is_busy = report.called[0] = true;
	child = fork();
	if (child == 0) {
		report_after_fork();
		CHECK(!report.is_busy && !report.called[0] && !report.splits);
		/* The second one trusts that nothing has changed. */
		group_mark(GROUP_REPORTED);
		group_life_met();
		CHECK_INT(retained_now(), 3);
		CHECK_INT(retained_now(), 3);
		_exit(0);
	}
	join(child);
	remove_group();
}

/* ---- how long they may take --------------------------------------------- */

static int had[4], calls;

static int note_patience(void *self UNUSED,
			 const struct telemetry_snapshot *snapshot UNUSED,
			 int final UNUSED, int timeout_ms)
{
	had[calls++] = timeout_ms;
	return 0;
}

static void take_reports(size_t i)
{
	loader_at(i)->takes_records = false;
	loader_at(i)->ops.report = note_patience;
}

/* At its interval each has all of it, whoever else there is. */
TEST(only_at_the_end_they_share_the_time)
{
	uint64_t now = clock_ns();
	size_t i;

	begin(4);
	for (i = 0; i < 4; i++) {
		take_reports(i);
		loader_at(i)->next_report = i == 3 ? now + 1000 * MS : now;
	}
	loader_at(1)->ops.report = NULL;
	report_interval(now, patience);
	CHECK_INT(calls, 2);
	CHECK(had[0] == 900 && had[1] == 900);
	calls = 0;
	report_host_ends(patience);
	CHECK_INT(calls, 3);
	CHECK(had[0] == 300 && had[1] == 450 && had[2] == 900);
	remove_group();
}

/* ---- the thread --------------------------------------------------------- */

static uint32_t rounds;

static int in_a_minute(void *self UNUSED)
{
	add_relaxed(&rounds, 1);
	return 60000;
}

/* Under load it asks seldom whether telemetry-host wants the group; but not so
 * seldom that it would sleep for long without an answer. */
TEST(whoever_goes_to_rest_asks_for_telemetry_host)
{
	pthread_t thread;

	begin(1);
	take_reports(0);
	loader_at(0)->ops.interval = in_a_minute;
	CHECK(exporter_claim());
	CHECK_INT(pthread_create(&thread, NULL, exporter_run, NULL), 0);
	while (load_relaxed(&rounds) < 2)
		usleep(1000);
	mkdir(group_folder, 0700);
	CHECK_INT(group_mark(GROUP_HOSTED), 0);
	exporter_post(REQUEST_LOOK);
	CHECK(exporter_wait(&exporter.thread, EXPORTER_RUNNING,
			    clock_ns() + 30000 * MS));
	pthread_join(thread, NULL);
	CHECK_INT(loader_count(), 0);
	remove_group();
}

/* ---- how often it looks -------------------------------------------------- */

#define US 1000ull

/* Looks come often while that finds all records, and else as seldom as makes
 * them cheap; but never seldomer than often enough would be. */
TEST(looks_are_rare_where_they_find_a_part_only)
{
	const uint64_t usual = EXPORTER_PAUSE, all = RING_RECORDS;

	CHECK_INT(exporter_pause(all, all, usual, 800 * US), usual);
	CHECK_INT(exporter_pause(all + 1, 0, usual, 800 * US), 800 * MS);
	CHECK_INT(exporter_pause(all + 1, 0, usual, 50 * US), usual);
	CHECK_INT(exporter_pause(1u << 30, 0, usual, 70 * MS),
		  EXPORTER_PAUSE_MOST);
	/* The same number in more time: a usual pause would do again. */
	CHECK_INT(exporter_pause(8 * all, 0, 8 * usual, 800 * US), usual);
	CHECK_INT(exporter_pause(8 * all + 1, 0, 8 * usual, 800 * US),
		  800 * MS);
	/* The first look of all, however long the machine has been up. */
	CHECK_INT(exporter_pause(1u << 20, 0, 86400000 * MS, 800 * US), usual);
	CHECK_INT(exporter_pause(1u << 20, 0, 1ull << 56, 800 * US), usual);
}

/* A report may be due right behind a look. */
TEST(few_records_in_no_time_are_no_part)
{
	CHECK_INT(exporter_room(MS), RING_RECORDS);
	CHECK_INT(exporter_pause(20, 20, MS, 800 * US), EXPORTER_PAUSE);
	CHECK_INT(exporter_pause(RING_RECORDS, RING_RECORDS, 0, 800 * US),
		  EXPORTER_PAUSE);
}

/* One thread that is busier than one can look takes nothing from the others. */
TEST(looks_are_no_rarer_than_other_rings_fill)
{
	const uint64_t usual = EXPORTER_PAUSE, much = 100 * RING_RECORDS;

	CHECK_INT(exporter_pause(much, 100, usual, 800 * US), 128 * MS);
	CHECK_INT(exporter_pause(much, RING_RECORDS, usual, 800 * US), usual);
	CHECK_INT(exporter_pause(much, 20, usual, 800 * US), 640 * MS);
	CHECK_INT(exporter_pause(much, 1, usual, 800 * US), 800 * MS);
	CHECK_INT(exporter_pause(much, 1000, 1000 * MS, 800 * US), 128 * MS);
}
