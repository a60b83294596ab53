/*
 * test_retained_life.c - what has been in a last report, and whose life of the
 * group it is.
 */
#include "retained_fixture.h"

#include "base/timens.h"
#include "runtime/group.h"
#include "runtime/group_marks.h"
#include "runtime/report_look.h"

#include <fcntl.h>

/* In the head of the file. */
#define WRITTEN_AT 32
#define BOOT_AT 40

/* By state: RETAINED and REPORTED. */
static void sums(uint64_t *retained, uint64_t *reported)
{
	struct upkeep_look look;
	uint32_t i;

	*retained = *reported = 0;
	upkeep_open(&look);
	for (i = 0; i < look.retained.part_count; i++) {
		const struct segment_image *part = &look.retained.parts[i];
		struct snapshot *snapshot = snapshot_new();
		uint64_t sum;

		CHECK_INT(snapshot_add(snapshot, part), 0);
		sum = sum_of(snapshot_view(snapshot), "c");
		if (part->header->state == SEGMENT_REPORTED)
			*reported += sum;
		else
			*retained += sum;
		snapshot_free(snapshot);
	}
	upkeep_close(&look);
}

static void report_all(void)
{
	struct upkeep_look look;
	int i;

	upkeep_open(&look);
	for (i = 0; i < look.count; i++)
		look.members[i].mine = look.members[i].done = true;
	upkeep_keep_reported(&look);
	upkeep_close(&look);
}

TEST(what_has_been_reported_stays_apart)
{
	uint64_t retained, reported;
	struct upkeep_look look;
	int files;

	begin_group();
	die_with("shop", 3);
	CHECK_INT(fold(), 1);
	die_with("shop", 4);
	die_with("bank", 5);
	report_all();
	sums(&retained, &reported);
	CHECK_INT(retained, 0);
	CHECK_INT(reported, 12);
	die_with("shop", 6);
	CHECK_INT(fold(), 1);
	sums(&retained, &reported);
	CHECK_INT(retained, 6);
	CHECK_INT(reported, 12);
	report_all();
	sums(&retained, &reported);
	CHECK_INT(reported, 18);
	CHECK_INT(total(&files), 18);
	/* A new life of the group. */
	die_with("shop", 1);
	CHECK_INT(fold(), 1);
	upkeep_open(&look);
	upkeep_begin_life(&look, false);
	upkeep_close(&look);
	CHECK_INT(total(&files), 1);
	upkeep_open(&look);
	upkeep_begin_life(&look, true);
	upkeep_close(&look);
	CHECK_INT(total(&files), 0);
	remove_group();
}

/* The start of a process is all that tells it from the one with its pid. */
TEST(a_pid_that_is_used_again_is_another_process)
{
	struct upkeep_look look;
	struct segment_image image;
	char path[MEMBERS_PATH];
	int files, fd;

	begin_group();
	die_with("shop", 3);
	upkeep_open(&look);
	CHECK_INT(look.count, 1);
	members_path(path, sizeof(path), look.members[0].pid, 0);
	CHECK_INT(segment_read_file(path, &image), 0);
	CHECK_INT(upkeep_fold(&look, false), 1);
	upkeep_close(&look);
	/* The same name; first the same process, then one that began later. */
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(write(fd, image.bytes, image.size) == (ssize_t)image.size);
	CHECK_INT(total(&files), 3);
	((struct segment_header *)(uintptr_t)image.header)->started_boottime++;
	CHECK_INT(pwrite(fd, image.bytes, image.size, 0), (ssize_t)image.size);
	close(fd);
	CHECK_INT(total(&files), 6);
	CHECK_INT(files, 1);
	CHECK_INT(fold(), 1);
	CHECK_INT(total(&files), 6);
	segment_release(&image);
	remove_group();
}

static uint64_t number_at(off_t offset, uint64_t change)
{
	uint64_t number;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/retained", group_folder);
	fd = open(path, O_RDWR);
	CHECK_INT(pread(fd, &number, sizeof(number), offset), sizeof(number));
	number += change;
	CHECK_INT(pwrite(fd, &number, sizeof(number), offset), sizeof(number));
	close(fd);
	return number;
}

static uint64_t first_boottime(void)
{
	struct upkeep_look look;
	uint64_t boottime;

	upkeep_open(&look);
	CHECK(look.retained.part_count > 0);
	boottime = look.retained.parts[0].header->started_boottime;
	upkeep_close(&look);
	return boottime;
}

static bool seems_to_continue(void)
{
	bool continues;

	group_here->living = 0;
	report_look_open_groups();
	continues = group_here->continues;
	report_look_close();
	return continues;
}

/* The file is on a disk, and the machine was up for longer then than now. */
TEST(times_of_another_boot_are_not_compared)
{
	begin_group();
	die_with("shop", 3);
	CHECK_INT(fold(), 1);
	CHECK_INT(group_mark(GROUP_REPORTED), 0);
	CHECK(number_at(BOOT_AT, 0) == timens_boot() && timens_boot());
	number_at(WRITTEN_AT, 1000000000000000u);
	CHECK(first_boottime() > 0);
	CHECK(seems_to_continue());
	number_at(BOOT_AT, 1);
	CHECK_INT(first_boottime(), 0);
	CHECK(!seems_to_continue());
	remove_group();
}
