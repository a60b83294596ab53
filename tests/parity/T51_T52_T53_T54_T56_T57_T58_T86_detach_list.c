/*
 * T51-T54, T56-T58, T86: detaching takes a handler off all its events; listing
 * goes by whole segments, in the order of attachment.
 */
#include "parity.h"

static struct seen seen;
static char order[64];

static int note(const struct telemetry_handler_info *info, void *arg)
{
	(void)arg;
	strcat(order, info->id);
	strcat(order, " ");
	return 0;
}

static int stop_at(const struct telemetry_handler_info *info, void *arg)
{
	return strcmp(info->id, arg) == 0 ? 42 : 0;
}

static int same(const struct telemetry_handler_info *info, void *arg)
{
	CHECK(!strcmp(info->id, "t53") && !strcmp(info->event, "a.test.event"));
	CHECK(info->function == see && info->config == &seen);
	++*(int *)arg;
	return 0;
}

/* Inside a visitor the table may be used as inside a handler. */
static int busy(const struct telemetry_handler_info *info, void *arg)
{
	void *block = malloc(100);

	free(block);
	CHECK(execute("visited.e") == 0);
	CHECK(telemetry_detach_wait(info->id) == -EDEADLK);
	++*(int *)arg;
	return 0;
}

/* It may change what is listed. */
static int detach_it(const struct telemetry_handler_info *info, void *arg)
{
	CHECK(telemetry_detach(info->id) == 0);
	CHECK(telemetry_attach("late", "late.e", see, arg) ==
	      (((struct seen *)arg)->count++ ? -EEXIST : 0));
	return 0;
}

static void changed_while_listed(void)
{
	see_event("c1", "c.a", &seen);
	see_event("c2", "c.b", &seen);
	see_event("c3", "c.c", &seen);
	seen.count = 0;
	CHECK(!telemetry_list("c", detach_it, &seen) && seen.count == 3);
	CHECK(!listed("c") && listed("late") == 1);
	CHECK(!telemetry_detach("late"));
}

static void parity(void)
{
	const char *three[] = { "t52.a", "t52.b", "t52.c" };
	int count = 0;

	CHECK(listed("") == 0); /* T58 */
	see_event("t51", "t51.e", &seen);
	CHECK(telemetry_detach("t51") == 0 && execute("t51.e") == 0);
	CHECK(seen.count == 0 && telemetry_detach("t51") == -ENOENT);
	CHECK(telemetry_detach(NULL) == -EINVAL);

	/* T52 */
	CHECK(!telemetry_attach_many("t52", three, 3, see, &seen, NULL));
	CHECK(listed("t52") == 3 && telemetry_detach("t52") == 0);
	CHECK(!listed("t52") && !listed("t52.a") && !listed("t52.c"));

	/* T53, T54 */
	see_event("t53", "a.test.event", &seen);
	CHECK(!telemetry_list("a.test.event", same, &count) && count == 1);
	CHECK(listed("") == 1 && listed("a") == 1 && listed("a.test") == 1);
	CHECK(listed("a.test.event.more") == 0 && listed("a.tes") == 0);
	/* T56 */
	CHECK(telemetry_list("a.", count_info, &count) == -EINVAL);
	CHECK(telemetry_list("a b", count_info, &count) == -EINVAL);
	CHECK(telemetry_list(NULL, count_info, &count) == -EINVAL);
	CHECK(telemetry_list("", NULL, &count) == -EINVAL);
	/* T57 */
	see_event("t57", "ab.c", &seen);
	CHECK(listed("a") == 1 && listed("ab") == 1);
	CHECK(!telemetry_detach("t53") && !telemetry_detach("t57"));

	/* T86 */
	see_event("one", "order.e", &seen);
	see_event("two", "order.f", &seen);
	see_event("three", "order.e", &seen);
	CHECK(!telemetry_list("order", note, NULL));
	CHECK(!strcmp(order, "one two three "));
	CHECK(telemetry_list("order", stop_at, "two") == 42);
	see_event("visited", "visited.e", &seen);
	count = 0;
	seen.count = 0;
	CHECK(!telemetry_list("order", busy, &count) && count == 3);
	CHECK(seen.count == 3);
	changed_while_listed();
}
