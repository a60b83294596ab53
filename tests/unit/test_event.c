/* test_event.c - event and span names, and who is told of new ones. */
#include "event_fixture.h"

static int told, hits;
static struct span_class *made_by_watcher;

TEST(names_are_checked)
{
	static const char *const good[] = { "a", "a.b", "A_1.b2.C", "0" };
	static const char *const bad[] = { "",	   ".",	  "a.",	 ".a",
					   "a..b", "a-b", "a b", "\x7f" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		CHECK(event_name_is_valid(good[i], strlen(good[i])));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!event_name_is_valid(bad[i], strlen(bad[i])));
	CHECK(!event_name_is_valid(NULL, 0));
	CHECK(!event_name_is_valid("a\0b", 3));
}

TEST(is_made_once)
{
	struct event *e;

	setup();
	CHECK(!event_find("a.b", 3) && !event_of("a..b"));
	e = event_of("a.b");
	CHECK(e && e == event_of("a.b") && e == event_find("a.b", 3));
	CHECK(e->span == NULL && event_at(e->id) == e && !event_at(e->id + 1));
	CHECK(!event_at(0) && !event_wanted(e));
}

TEST(an_end_makes_its_span)
{
	struct event *stop;
	struct span_class *c;

	setup();
	stop = event_of("shop.order.stop");
	c = span_class_find("shop.order", 10);
	CHECK(c && stop == c->stop && stop->span == c);
	CHECK(c == class_of("shop.order") && c->start->span == c);
	CHECK(event_of("shop.order.exception") == c->exception);
	CHECK_STR(c->exception->name->text, "shop.order.exception");
	CHECK(event_of("stop")->span == NULL);
	CHECK(event_of("a.start.stop")->span == class_of("a.start"));
	CHECK(event_of("a.start")->span == class_of("a"));
}

TEST(a_text_may_be_interned_before_its_event)
{
	struct symbol *s;

	setup();
	s = symbol_intern("early.stop", 10);
	CHECK(class_of("early")->stop->name == s);
}

TEST(all_three_or_none)
{
	char name[32];
	uint64_t before;
	int i;

	setup();
	for (i = 0; i < EVENTS_MAX - 2; i++) {
		snprintf(name, sizeof(name), "e%d", i);
		CHECK(event_of(name));
	}
	before = dropped(DROP_MEMORY);
	CHECK(!class_of("shop") && !event_of("shop.stop"));
	CHECK(dropped(DROP_MEMORY) == before + 2);
	CHECK(!event_find("shop.start", 10));
	CHECK(event_of("one") && event_of("two") && !event_of("three"));
	CHECK(!event_at(EVENTS_MAX + 1));
}

static void watch(struct event *e, void *arg)
{
	int *armed = arg;

	told++;
	CHECK(e->span == NULL || e == e->span->start || e == e->span->stop ||
	      e == e->span->exception);
	CHECK_INT(event_subscribe(e, count_occurrence, armed, NEED_TIME), 0);
}

/* Takes the table lock again, and makes events while it is told of one. */
static void make_more(struct event *e, void *arg)
{
	(void)arg;
	if (strcmp(e->name->text, "first") == 0)
		made_by_watcher = class_of("second");
}

TEST(watchers_are_told_once)
{
	setup();
	event_of("old");
	event_on_new(watch, &hits);
	CHECK_INT(told, 1);
	event_on_new(make_more, NULL);
	event_of("first");
	CHECK(made_by_watcher && made_by_watcher == class_of("second"));
	CHECK_INT(told, 5);
	CHECK_INT(made_by_watcher->state->armed, 7);
	CHECK_INT(dropped(DROP_LOCK), 0);
	occur(made_by_watcher->stop);
	occur(event_of("first"));
	occur(event_of("old"));
	CHECK_INT(hits, 3);
}

static void make_at_once(struct event *e, void *arg)
{
	++*(int *)arg;
	if (strcmp(e->name->text, "old") == 0)
		event_of("made");
}

TEST(events_made_while_the_old_are_told_are_told_once)
{
	int calls = 0;

	setup();
	event_of("old");
	event_on_new(make_at_once, &calls);
	CHECK_INT(calls, 2);
}
