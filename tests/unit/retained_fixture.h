/*
 * retained_fixture.h - a group of processes that die, as one sees it that has
 * no segment of its own.
 */
#ifndef TESTS_UNIT_RETAINED_FIXTURE_H
#define TESTS_UNIT_RETAINED_FIXTURE_H

#include "runtime/upkeep.h"

#include "metric_fixture.h"

#define FOLDER "/dev/shm/test-retained.XXXXXX"

static char folder[] = FOLDER;
static char group_folder[sizeof(folder) + 32];
static uint64_t expected;

__attribute__((unused)) static void begin_group(void)
{
	struct segment_options options = { .group = "00c0ffee",
					   .dir = folder,
					   .service = "shop" };

	if (!mkdtemp(folder))
		CHECK(mkdtemp(strcpy(folder, "/tmp/test-retained.XXXXXX")));
	snprintf(group_folder, sizeof(group_folder), "%s/00c0ffee", folder);
	segment_configure(&options);
}

static void remove_group(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_INT(system(command), 0);
}

static void join(pid_t child)
{
	int status;

	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}

static void count_in_child(const char *service, int count)
{
	struct segment_options options = { .group = "00c0ffee",
					   .dir = folder,
					   .service = service };

	segment_configure(&options);
	setup();
	define("counter(c, event=a.b); last_value(l, event=a.b, measurement=n);"
	       "distribution(d, event=a.b, measurement=n, buckets=[1, 2])");
	while (count-- > 0)
		emit_one("a.b", telemetry_i64("n", count), "", "");
	teardown();
}

/* A process of this service that dies with so many events. */
__attribute__((unused)) static void die_with(const char *service, int count)
{
	pid_t child = fork();

	if (child == 0) {
		count_in_child(service, count);
		_exit(0);
	}
	join(child);
	expected += (uint64_t)count;
}

static uint64_t sum_of(const struct telemetry_snapshot *s, const char *name)
{
	const struct telemetry_metric *m = find_metric(s, name);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; m && i < m->sample_count; i++)
		sum += m->samples[i].count;
	return sum;
}

static struct snapshot *add_up(const struct upkeep_look *look)
{
	struct snapshot *snapshot = snapshot_new();
	struct segment_image image;
	char path[MEMBERS_PATH];
	uint32_t j;
	int i;

	for (j = 0; j < look->retained.part_count; j++)
		CHECK_INT(snapshot_add(snapshot, &look->retained.parts[j]), 0);
	for (i = 0; i < look->count; i++) {
		const struct member *m = &look->members[i];

		if (m->folded)
			continue;
		members_path(path, sizeof(path), m->pid, m->n);
		CHECK_INT(segment_read_file(path, &image), 0);
		CHECK_INT(snapshot_add(snapshot, &image), 0);
		segment_release(&image);
	}
	return snapshot;
}

/* What everybody has counted; 0 or more files of members are left. */
__attribute__((unused)) static uint64_t total(int *files)
{
	const struct telemetry_snapshot *s;
	struct snapshot *snapshot;
	struct upkeep_look look;
	uint64_t sum;

	upkeep_open(&look);
	CHECK(!look.closed && !look.unread);
	*files = look.count;
	snapshot = add_up(&look);
	s = snapshot_view(snapshot);
	sum = sum_of(s, "c");
	CHECK_INT(sum_of(s, "d"), sum);
	CHECK_INT(sum_of(s, "l"), 0);
	snapshot_free(snapshot);
	upkeep_close(&look);
	return sum;
}

__attribute__((unused)) static int fold(void)
{
	struct upkeep_look look;
	int folded;

	upkeep_open(&look);
	folded = upkeep_fold(&look, false);
	upkeep_close(&look);
	return folded;
}

#endif
