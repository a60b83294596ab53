/*
 * figures.c - looks at the processes of the group, through /proc.
 *
 * What cannot be known is left out, and counted.
 */
#include "runtime/figures.h"

#include "base/proc.h"
#include "base/segment_usage.h"
#include "base/sys.h"
#include "metric/collect_process.h"

#include <errno.h>
#include <time.h>

/* One that has left reports itself, if it is this one. */
static bool is_there(const struct segment_image *image)
{
	return segment_is_own(image->header) ||
	       (image->header->state == SEGMENT_RUNNING &&
		segment_is_alive(image));
}

void figures_look(struct segment_image *image, const char *path)
{
	int error;

	if (!image->header || !is_there(image))
		return;
	error = usage_look(image, path);
	if (error && error != -ESRCH)
		segment_drop(DROP_FIGURE, 1);
}

static int64_t since(uint64_t start)
{
	struct timespec now = { 0 };

	sys_clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec -
	       (int64_t)(start * PROC_TICK_NS);
}

void figures_add(struct snapshot *snapshot, const struct segment_image *image)
{
	const struct segment_header *h = image->header;
	struct process_figures figures;
	struct proc_stat stat;
	int error;

	/* Not to be seen from here: figures_look() has counted that. */
	if (!h || segment_is_elsewhere(h) || !is_there(image))
		return;
	error = proc_read_stat(h->pid, &stat);
	if (error) {
		/* It may have ended just now. */
		if (segment_is_alive_now(image))
			segment_drop(DROP_FIGURE, 1);
		return;
	}
	if (!segment_may_have_begun(h, stat.start))
		return;
	figures = (struct process_figures){
		.resident = (int64_t)stat.resident,
		.size = (int64_t)stat.size,
		.threads = (int64_t)stat.threads,
		.descriptors = proc_count_descriptors(h->pid),
		.uptime = since(stat.start),
	};
	if (figures.descriptors < 0)
		segment_drop(DROP_FIGURE, 1);
	snapshot_add_figures(snapshot, image, &figures);
}
