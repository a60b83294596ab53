/*
 * collect_process.c - the metrics of the processes themselves.  What grows for
 * ever comes out of the headers of segments, those of the dead included; what a
 * process has now is told by whoever has looked at it.
 */
#include "metric/collect_process.h"

#include "metric/collect.h"

#include <errno.h>
#include <string.h>

#define GROWING(n, u, key, text)                                               \
	{                                                                      \
		.shape = { .type = METRIC_SUM, NO_CONVERSION },                \
		.order = ORDER_PROCESS, .tag_count = 1, .name = (n),           \
		.unit = (u), .description = (text), .keys = { key },           \
	}

#define PRESENT(n, u, text)                                                    \
	{                                                                      \
		.shape = { .type = METRIC_SUM, NO_CONVERSION },                \
		.order = ORDER_PROCESS, .up_down = true, .name = (n),          \
		.unit = (u), .description = (text),                            \
	}

static const struct collect_metric cpu_time = {
	.shape = { METRIC_SUM, 0, 1, 1000000000 },
	.order = ORDER_PROCESS,
	.tag_count = 1,
	.name = "process.cpu.time",
	.unit = "s",
	.description = "Processor time used",
	.keys = { "cpu.mode" },
};
static const struct collect_metric faults =
	GROWING("process.paging.faults", "{fault}", "system.paging.fault.type",
		"Page faults");
static const struct collect_metric switches = GROWING(
	"process.context_switches", "{context_switch}",
	"process.context_switch.type", "Times that the processor was given up");
static const struct collect_metric memory =
	PRESENT("process.memory.usage", "By", "Physical memory in use");
static const struct collect_metric address_space =
	PRESENT("process.memory.virtual", "By", "Address space in use");
static const struct collect_metric threads =
	PRESENT("process.thread.count", "{thread}", "Threads");
static const struct collect_metric descriptors =
	PRESENT("process.unix.file_descriptor.count", "{file_descriptor}",
		"Open file descriptors");
static const struct collect_metric uptime = {
	.shape = { METRIC_LAST_VALUE, 0, 1, 1000000000 },
	.order = ORDER_PROCESS,
	.name = "process.uptime",
	.unit = "s",
	.description = "Time since the start, of the oldest process",
};

bool collect_is_process_name(const char *name)
{
	static const struct collect_metric *const all[] = {
		&cpu_time,	&faults,  &switches,	&memory,
		&address_space, &threads, &descriptors, &uptime,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i]->name, name) == 0)
			return true;
	return false;
}

static void add(struct collect_image *image, const struct collect_metric *like,
		const char *tag, int64_t value)
{
	struct tally *tally =
		value < 0 ? NULL : collect_tally(image, like, tag);

	if (!tally)
		return;
	tally->count++;
	tally->integer += value;
}

/* A corrupt header may hold anything. */
static void add_growing(struct collect_image *image,
			const struct collect_metric *like, const char *tag,
			uint64_t value)
{
	add(image, like, tag, value <= INT64_MAX ? (int64_t)value : -1);
}

void collect_usage(struct collect_image *image)
{
	const struct segment_usage *u = &image->image->header->usage;

	/* Nobody has looked yet. */
	if (u->user == 0 && u->system == 0 && u->minor_faults == 0)
		return;
	add_growing(image, &cpu_time, "user", u->user);
	add_growing(image, &cpu_time, "system", u->system);
	add_growing(image, &faults, "minor", u->minor_faults);
	add_growing(image, &faults, "major", u->major_faults);
	add_growing(image, &switches, "voluntary", u->voluntary);
	add_growing(image, &switches, "involuntary", u->involuntary);
}

static void add_uptime(struct collect_image *image, int64_t ns)
{
	struct tally *tally =
		ns < 0 ? NULL : collect_tally(image, &uptime, NULL);

	if (!tally)
		return;
	tally->count++;
	if ((double)ns > tally->last)
		tally->last = (double)ns;
}

int snapshot_add_figures(struct snapshot *snapshot,
			 const struct segment_image *image,
			 const struct process_figures *figures)
{
	struct collect_image in = { .snapshot = snapshot, .image = image };

	snapshot->pool.failed = false;
	in.process = collect_process_of(snapshot, image);
	if (in.process) {
		add(&in, &memory, NULL, figures->resident);
		add(&in, &address_space, NULL, figures->size);
		add(&in, &threads, NULL, figures->threads);
		add(&in, &descriptors, NULL, figures->descriptors);
		add_uptime(&in, figures->uptime);
	}
	if (!snapshot->pool.failed)
		return 0;
	snapshot->view.partial = 1;
	segment_drop(DROP_MEMORY, 1);
	return -ENOMEM;
}
