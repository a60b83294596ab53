/*
 * recorder.c - which events are recorded.
 *
 * Watches events come into being and subscribes to those whose names match.
 * Does not look at occurrences: ring.c does.
 */
#include "recorder/ring.h"

#include "base/arena.h"
#include "base/glob.h"
#include "base/log.h"
#include "base/thread.h"

#include <string.h>

static const char *const ends[] = { ".stop", ".exception" };

/* An event that ends a span goes by the name of the span as well.  By its
 * text, as the span may not be known yet. */
static bool matches(const char *pattern, size_t length,
		    const struct symbol *name)
{
	size_t i;

	if (glob_match(pattern, length, name->text, name->length))
		return true;
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t extra = strlen(ends[i]);

		if (name->length > extra &&
		    strcmp(name->text + name->length - extra, ends[i]) == 0 &&
		    glob_match(pattern, length, name->text,
			       name->length - extra))
			return true;
	}
	return false;
}

static bool is_chosen(const char *patterns, const struct symbol *name)
{
	bool chosen = false, removes;
	const char *pattern;
	size_t length;

	while ((pattern = glob_next(&patterns, &length, &removes)) != NULL)
		if (matches(pattern, length, name))
			chosen = !removes;
	return chosen;
}

static void watch(struct event *event, void *arg)
{
	const struct known_ways ways = { .handler = ring_write,
					 .prepare = ring_prepare };
	int error;

	if ((event->span && event == event->span->start) ||
	    !is_chosen(arg, event->name))
		return;
	error = event_subscribe_known(event, &ways, NULL,
				      NEED_TIME | NEED_METADATA);
	if (error) {
		segment_drop(DROP_MEMORY, 1);
		log_warn("%s is not recorded: error %d", event->name->text,
			 -error);
	}
}

void recorder_start(const char *patterns)
{
	char *copy = arena_strndup(patterns, strlen(patterns));

	if (!copy) {
		segment_drop(DROP_MEMORY, 1);
		log_warn("nothing is recorded: no memory");
		return;
	}
	event_on_new(watch, copy);
}

void recorder_after_fork(void)
{
	/* A ring of the parent's; the other threads are no more. */
	thread_self.owner->recorder = NULL;
	known_forget(thread_self.owner);
}
