/*
 * test_figures.c - what is said of processes in a report; without /proc, only
 * what a process knows of itself, and the rest is counted.
 */
#include "segment_fixture.h"

#include "base/proc.h"
#include "base/thread.h"
#include "metric/snapshot.h"
#include "runtime/figures.h"

#include <fcntl.h>

static struct snapshot *snapshot;

/* A report of this process. */
static const struct telemetry_snapshot *view(void)
{
	CHECK_INT(segment_read_own(&image), 0);
	snapshot = snapshot_new();
	CHECK(snapshot);
	figures_look(&image, NULL);
	CHECK_INT(snapshot_add(snapshot, &image), 0);
	figures_add(snapshot, &image);
	segment_release(&image);
	return snapshot_view(snapshot);
}

static double value(const struct telemetry_snapshot *s, const char *name)
{
	double sum = -1;
	size_t i, j;

	for (i = 0; i < s->metric_count; i++)
		for (j = 0; j < s->metrics[i].sample_count; j++)
			if (!strcmp(s->metrics[i].name, name))
				sum = (sum < 0 ? 0 : sum) +
				      s->metrics[i].samples[j].value;
	return sum;
}

static void begin(void)
{
	setup(0);
	thread_init();
	CHECK(thread_claim(&thread_self));
	CHECK(segment_alloc(SEGMENT_MORE, 16, 1, 0));
}

TEST(of_this_process)
{
	const struct telemetry_snapshot *s;
	int fds = 0, i;

	begin();
	s = view();
	for (i = 0; i < 1024; i++)
		fds += fcntl(i, F_GETFD) >= 0;
	CHECK(value(s, "process.unix.file_descriptor.count") == fds);
	CHECK(value(s, "process.thread.count") == 1);
	CHECK(value(s, "process.memory.usage") > 100000);
	CHECK(value(s, "process.memory.virtual") >
	      value(s, "process.memory.usage"));
	CHECK(value(s, "process.cpu.time") > 0);
	CHECK(value(s, "process.uptime") >= 0 &&
	      value(s, "process.uptime") < 3600);
	CHECK_INT(segment_header()->dropped[DROP_FIGURE], 0);
	snapshot_free(snapshot);
	remove_dir();
}

TEST(without_proc)
{
	const struct telemetry_snapshot *s;

	begin();
	proc_set_root("/nowhere");
	s = view();
	CHECK(value(s, "process.cpu.time") > 0);
	CHECK(value(s, "process.memory.usage") < 0);
	CHECK(value(s, "process.uptime") < 0);
	CHECK_INT(segment_header()->dropped[DROP_FIGURE], 1);
	snapshot_free(snapshot);
	remove_dir();
}

/* Its pid is another's here. */
TEST(of_another_namespace)
{
	struct segment_header *header;

	begin();
	CHECK_INT(segment_read_own(&image), 0);
	header = (struct segment_header *)(uintptr_t)image.header;
	header->namespace += 1;
	header->pid = 1;
	snapshot = snapshot_new();
	figures_look(&image, NULL);
	figures_add(snapshot, &image);
	CHECK(value(snapshot_view(snapshot), "process.memory.usage") < 0);
	CHECK_INT(header->usage.user + header->usage.minor_faults, 0);
	CHECK(segment_header()->dropped[DROP_FIGURE] > 0);
	segment_release(&image);
	snapshot_free(snapshot);
	remove_dir();
}
