/*
 * groups_end.c - a group has ended: its totals go to the group of this process,
 * so that no sum falls, and its folder goes.
 */
#include "runtime/groups_list.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/sys.h"

#include <fcntl.h>
#include <string.h>

static uint64_t number_of(const struct group *g)
{
	const char *digit = strrchr(g->directory, '/') + 1;
	uint64_t number = 0;

	for (; *digit; digit++)
		number = number << 4 |
			 (uint64_t)(*digit <= '9' ? *digit - '0'
						  : *digit - 'a' + 10);
	return number;
}

static bool is_taken_over(const struct group *g)
{
	const struct group *other;

	for (other = groups.list; other; other = other->next)
		if (other != g &&
		    retained_has_taken(&other->look.retained, &g->look.retained,
				       number_of(g)))
			return true;
	return false;
}

void groups_settle(void)
{
	struct group *g;

	for (g = groups.root ? groups.own->next : NULL; g; g = g->next) {
		if (!g->lock.held || g->settled)
			continue;
		g->settled = true;
		if (!g->look.retained.bytes || !is_taken_over(g))
			continue;
		group_choose(g);
		retained_unlink();
		retained_close(&g->look.retained);
	}
	group_choose(NULL);
}

static bool has_ended(struct group *g)
{
	uint64_t now = clock_ns();

	if (!g->lock.held || g->look.closed || g->look.unread ||
	    g->look.count) {
		g->empty = 0;
		return false;
	}
	if (!g->empty)
		g->empty = now;
	/* Not before it has joined the reports (report_interval.c). */
	return !(g->fresh && g->continues) &&
	       now - g->empty >= GROUPS_ENDED_AFTER;
}

/* If a process has come meanwhile the folder stays, with what that records. */
static void remove_folder(void)
{
	static const char *const names[] = { "retained.new", "reported",
					     "hosted",	     "alive",
					     "standby",	     "lock" };
	char path[MEMBERS_PATH];
	size_t i;

	retained_unlink();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct buf b = BUF(path);

		buf_printf(&b, "%s/%s", segment_directory(), names[i]);
		sys_unlinkat(AT_FDCWD, path, 0);
	}
	sys_unlinkat(AT_FDCWD, segment_directory(), AT_REMOVEDIR);
}

void groups_end(void)
{
	struct group *g, *next, *own = groups.own;

	for (g = groups.root ? own->next : NULL; g; g = next) {
		next = g->next;
		if (!has_ended(g) || !own->lock.held || own->look.closed ||
		    own->look.unread)
			continue;
		group_choose(own);
		if (upkeep_take_over(&own->look, &g->look.retained,
				     number_of(g)))
			continue;
		group_choose(g);
		remove_folder();
		groups_forget(g);
	}
	group_choose(NULL);
}
