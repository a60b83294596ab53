/*
 * groups.c - which groups there are, and whose.
 *
 * They are looked for whenever somebody wants numbers, so a report has those
 * that have just appeared.  What is in them is report.c's.
 */
#include "runtime/groups_list.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/segment_file.h"
#include "runtime/group.h"
#include "runtime/group_life.h"
#include "runtime/group_lock.h"
#include "runtime/group_marks.h"

#include <errno.h>
#include <string.h>

#define NAME 16		       /* hexadecimal digits */
#define GROUPS_MAX 4096	       /* at a time */
#define TRY_AGAIN (250 * MS)   /* where somebody else exports */
#define TELL_AFTER (1000 * MS) /* somebody's last report takes less */

struct groups groups;

bool groups_are_many(void)
{
	return groups.root != NULL;
}

/* ---- the list ------------------------------------------------------------ */

static bool is_before(const struct group *g, const char *directory)
{
	return g == groups.own || strcmp(g->directory, directory) < 0;
}

static struct group *make(const char *name)
{
	size_t size = sizeof(struct group) + strlen(groups.root) + NAME + 2;
	struct group *g = arena_alloc(size);
	struct buf b;

	if (!g)
		return NULL;
	g->size = size;
	g->directory = (char *)(g + 1);
	g->since = clock_ns();
	buf_init(&b, g->directory, size - sizeof(*g));
	buf_printf(&b, "%s/%s", groups.root, name);
	return g;
}

static void insert(struct group *g)
{
	struct group **at = &groups.list;

	while (*at && is_before(*at, g->directory))
		at = &(*at)->next;
	g->next = *at;
	*at = g;
	groups.count++;
}

void groups_forget(struct group *g)
{
	struct group **at = &groups.list;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	groups.count--;
	group_choose(g);
	group_lock_drop();
	upkeep_close(&g->look);
	group_choose(NULL);
	arena_free(g, g->size);
}

static struct group *find(const char *name)
{
	struct group *g;

	group_choose(NULL);
	if (!strcmp(strrchr(segment_directory(), '/') + 1, name))
		return groups.own;
	for (g = groups.list; g; g = g->next)
		if (g != groups.own &&
		    !strcmp(strrchr(g->directory, '/') + 1, name))
			return g;
	return NULL;
}

/* ---- looking ------------------------------------------------------------- */

static bool is_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == NAME && !name[NAME];
}

static bool see(const char *name, void *arg UNUSED)
{
	struct group *g = is_name(name) ? find(name) : NULL;

	if (!g && is_name(name)) {
		g = groups.count < GROUPS_MAX ? make(name) : NULL;
		if (g)
			insert(g);
		else if (!groups.full)
			log_warn("%s: more than %d groups, or no memory for "
				 "them: those that are too many wait until one "
				 "has ended",
				 groups.root, GROUPS_MAX);
		groups.full |= !g;
	}
	if (g)
		g->seen = true;
	return true;
}

static int scan(void)
{
	struct group *g;
	int error;

	for (g = groups.list; g; g = g->next)
		g->seen = false;
	segment_choose_directory(groups.root);
	error = members_scan_names(see, NULL);
	group_choose(NULL);
	return error;
}

static void tell(int error)
{
	if (group_here->told)
		return;
	if (error == -EBUSY ||
	    (error == -EAGAIN && clock_ns() - group_here->since > TELL_AFTER))
		groups.waits();
	else if (error != -EAGAIN)
		log_warn("%s cannot be exported: error %d", segment_directory(),
			 -error);
	else
		return;
	group_here->told = true;
}

/* Chosen, and not held. */
static void take(void)
{
	int error;

	/* It has lived on, with or without processes. */
	if (groups.hosted || group_is_marked(GROUP_HOSTED))
		group_life_met();
	group_here->living = 0;
	error = group_lock_take(GROUP_LOCK_LONG);
	if (error) {
		tell(error);
		return;
	}
	group_here->fresh = true;
	group_here->settled = group_here->told = false;
	group_here->empty = 0;
}

static void look_at(struct group *g)
{
	group_choose(g);
	/* Somebody may have removed the folder, and another one made it. */
	if (g->lock.held && !group_lock_is_in_place())
		group_lock_drop();
	if (!g->lock.held)
		take();
	group_choose(NULL);
}

void groups_look(void)
{
	struct group *g, *next;
	int error;

	if (!groups.root)
		return;
	error = scan();
	/* No descriptor, say: nobody is gone because of that. */
	if (error && error != -ENOENT)
		return;
	if (!groups.own->seen)
		segment_file_make_directory();
	for (g = groups.list; g; g = next) {
		next = g->next;
		if (g->seen || g == groups.own)
			look_at(g);
		else
			groups_forget(g);
	}
	/* Whatever comes from now on is telemetry-host's from its beginning. */
	groups.hosted = true;
}

uint64_t groups_next(void)
{
	uint64_t next = UINT64_MAX, now = clock_ns(), when;
	const struct group *g;

	for (g = groups.list; g; g = g->next) {
		when = next;
		if (!g->lock.held)
			when = now + TRY_AGAIN;
		else if (g->empty)
			when = g->empty + GROUPS_ENDED_AFTER;
		/* Something else keeps it from ending. */
		if (when <= now)
			when = now + GROUPS_ENDED_AFTER;
		next = when < next ? when : next;
	}
	return next;
}

void groups_each(void (*fn)(void))
{
	struct group *g;

	if (!groups.root) {
		fn();
		return;
	}
	for (g = groups.list; g; g = g->next) {
		if (!g->lock.held)
			continue;
		group_choose(g);
		fn();
	}
	group_choose(NULL);
}

void groups_drop(void)
{
	struct group *g;

	for (g = groups.list; g; g = g->next) {
		group_choose(g);
		group_lock_drop();
	}
	group_choose(NULL);
}

void groups_begin(const char *root, bool hosted, void (*waits)(void))
{
	group_choose(NULL);
	groups.root = root;
	groups.hosted = hosted;
	groups.waits = waits;
	groups.own = groups.list = group_here;
	groups.count = 1;
}

void groups_visit(const char *root, void (*fn)(void))
{
	struct group *g;

	groups_begin(root, false, NULL);
	scan();
	for (g = groups.list; g; g = g->next) {
		if (!g->seen)
			continue;
		group_choose(g);
		fn();
	}
	group_choose(NULL);
}
